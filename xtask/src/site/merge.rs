//! Makes one module of several chunks.
//!
//! Cutting leaves a chunk for every set of parts that share something: a hundred files, most of them with less in them
//! than a request costs. All that a chunk has of its own are functions, and the places in the table and in memory where
//! they and their constants go; so one stands behind the other here, with other numbers, and nothing else changes.

use std::convert::Infallible;

use anyhow::{Result, anyhow, bail, ensure};
use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, CustomSection, DataCountSection, DataSection, ElementSection, FunctionSection,
    ImportSection, Module, TypeSection,
};
use wasmparser::{Import, Parser, Payload, TypeRef};

/// The features that a module needs, without which wasm-opt refuses it.
const FEATURES: &str = "target_features";

/// One module with everything of `chunks`, which import nothing but the memory, the table and globals of the first
/// module.
pub fn merge(chunks: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut merged = Merged::default();
    for chunk in chunks {
        merged.add(chunk)?;
    }
    Ok(merged.finish())
}

#[derive(Default)]
struct Merged<'a> {
    types: TypeSection,
    imports: ImportSection,
    /// The names of what is imported, each once. Globals are numbered in their order.
    memories: Vec<&'a str>,
    tables: Vec<&'a str>,
    globals: Vec<&'a str>,
    functions: FunctionSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    features: Option<&'a [u8]>,
}

impl<'a> Merged<'a> {
    fn add(&mut self, chunk: &'a [u8]) -> Result<()> {
        let mut numbers = Numbers {
            first_type: self.types.len(),
            first_function: self.functions.len(),
            first_element: self.elements.len(),
            first_data: self.data.len(),
            globals: Vec::new(),
        };
        for section in Parser::new(0).parse_all(chunk) {
            self.add_section(section?, &mut numbers)?;
        }
        Ok(())
    }

    fn add_section(&mut self, section: Payload<'a>, numbers: &mut Numbers) -> Result<()> {
        let added = match section {
            Payload::TypeSection(section) => numbers.parse_type_section(&mut self.types, section),
            Payload::ImportSection(section) => {
                return section.into_imports().try_for_each(|import| self.add_import(import?, numbers));
            }
            Payload::FunctionSection(section) => numbers.parse_function_section(&mut self.functions, section),
            Payload::ElementSection(section) => numbers.parse_element_section(&mut self.elements, section),
            Payload::CodeSectionEntry(body) => numbers.parse_function_body(&mut self.code, body),
            Payload::DataSection(section) => numbers.parse_data_section(&mut self.data, section),
            Payload::CustomSection(section) => {
                if section.name() == FEATURES {
                    self.features = Some(section.data());
                }
                Ok(())
            }
            // The library writes it empty.
            Payload::ExportSection(section) if section.count() == 0 => Ok(()),
            // They follow from what is written.
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::DataCountSection { .. }
            | Payload::End(_) => Ok(()),
            other => bail!("a chunk has a section that only the first module should have: {other:?}"),
        };
        added.map_err(|error| anyhow!("a chunk cannot be written anew: {error}"))
    }

    fn add_import(&mut self, import: Import<'a>, numbers: &mut Numbers) -> Result<()> {
        let known = match import.ty {
            TypeRef::Memory(_) => &mut self.memories,
            TypeRef::Table(_) => &mut self.tables,
            TypeRef::Global(_) => &mut self.globals,
            _ => bail!("a chunk imports {}, which is neither memory, table nor global", import.name),
        };
        let place = known.iter().position(|name| *name == import.name);
        let number = place.unwrap_or(known.len());
        if place.is_none() {
            known.push(import.name);
            RoundtripReencoder
                .parse_import(&mut self.imports, import)
                .map_err(|error| anyhow!("an import cannot be written anew: {error}"))?;
        }
        if let TypeRef::Global(_) = import.ty {
            numbers.globals.push(u32::try_from(number)?);
        } else {
            ensure!(number == 0, "chunks import several memories or tables, {} too", import.name);
        }
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        let count = DataCountSection { count: self.data.len() };
        module.section(&self.types).section(&self.imports).section(&self.functions);
        module.section(&self.elements).section(&count).section(&self.code).section(&self.data);
        if let Some(features) = self.features {
            module.section(&CustomSection { name: FEATURES.into(), data: features.into() });
        }
        module.finish()
    }
}

/// How what a chunk numbers from zero is numbered in the whole.
struct Numbers {
    first_type: u32,
    first_function: u32,
    first_element: u32,
    first_data: u32,
    /// For each global that the chunk imports.
    globals: Vec<u32>,
}

impl Reencode for Numbers {
    type Error = Infallible;

    fn type_index(&mut self, number: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.first_type + number)
    }

    fn function_index(&mut self, number: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.first_function + number)
    }

    fn element_index(&mut self, number: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.first_element + number)
    }

    fn data_index(&mut self, number: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.first_data + number)
    }

    fn global_index(&mut self, number: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.globals[number as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, Elements, EntityType, Function, GlobalType, Instruction, MemoryType, RefType, TableType,
        ValType,
    };

    /// A function that adds the global of that name to `number` by a call, its place in the table, and its constant.
    fn chunk(global: &str, number: i32) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([], [ValType::I32]);
        let mut imports = ImportSection::new();
        let memory =
            MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
        let table = TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 4,
            maximum: None,
            shared: false,
        };
        let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        imports.import("first", "memory", EntityType::Memory(memory));
        imports.import("first", "table", EntityType::Table(table));
        imports.import("first", global, EntityType::Global(kind));
        let mut functions = FunctionSection::new();
        functions.function(0).function(1);
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(number), Elements::Functions([1].as_slice().into()));
        let mut code = CodeSection::new();
        let bodies: [&[Instruction<'_>]; 2] = [
            &[Instruction::GlobalGet(0), Instruction::LocalGet(0), Instruction::I32Add, Instruction::End],
            &[Instruction::I32Const(number), Instruction::Call(0), Instruction::End],
        ];
        for body in bodies {
            let mut function = Function::new([]);
            body.iter().for_each(|instruction| {
                function.instruction(instruction);
            });
            code.function(&function);
        }
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(number * 8), number.to_le_bytes());
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&elements).section(&code);
        module.section(&data);
        module.finish()
    }

    /// The calls and globals of a module's functions, in order, and the functions of its elements.
    fn references(module: &[u8]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let (mut calls, mut globals, mut in_table) = (Vec::new(), Vec::new(), Vec::new());
        for part in Parser::new(0).parse_all(module) {
            match part.unwrap() {
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().unwrap() {
                        match operator.unwrap() {
                            wasmparser::Operator::Call { function_index } => calls.push(function_index),
                            wasmparser::Operator::GlobalGet { global_index } => globals.push(global_index),
                            _ => {}
                        }
                    }
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let wasmparser::ElementItems::Functions(list) = element.unwrap().items else {
                            panic!("elements are functions")
                        };
                        in_table.extend(list.into_iter().map(Result::unwrap));
                    }
                }
                _ => {}
            }
        }
        (calls, globals, in_table)
    }

    #[test]
    fn what_is_merged_keeps_to_itself_and_shares_what_it_imports() {
        let merged = merge(&[chunk("one", 1), chunk("other", 2), chunk("one", 3)]).unwrap();
        wasmparser::validate(&merged).unwrap();
        assert_eq!(references(&merged), (vec![0, 2, 4], vec![0, 1, 0], vec![1, 3, 5]));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let mut module = Module::new();
        let mut exports = wasm_encoder::ExportSection::new();
        exports.export("memory", wasm_encoder::ExportKind::Memory, 0);
        module.section(&exports);
        assert!(merge(&[module.finish()]).unwrap_err().to_string().contains("only the first module"));
    }
}
