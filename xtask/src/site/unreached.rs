//! Empties what the compiled frontend carries and never calls: Leptos' asynchronous hydration.
//!
//! An erased view is a table of functions, and what stands in a table is kept by every tool. One of them is
//! `hydrate_async`, which only `leptos::mount::hydrate_lazy` would begin to call; our frontend hydrates at once,
//! with `hydrate_body`. A function that is emptied here would trap, and what only it reached is dropped by
//! wasm-bindgen: a tenth of the code.
//!
//! Functions are known by their names, and LLVM merges equal ones under the name of either. So no function is
//! emptied that could be equal to one that is called: each of these names its own future or its own lines, for
//! panics, while a function nested in them need not. `hydrate_from_template` stays for that reason: nobody calls
//! it either, but for most attributes it is the same as `hydrate_from_server`.

use anyhow::{Result, ensure};
use walrus::{FunctionKind, Module};

pub const NAME: &str = "hydrate_async";

/// Leaves nothing but a trap in each of them.
pub fn empty(module: &mut Module) -> Result<()> {
    let mut emptied = 0;
    for function in module.funcs.iter_mut() {
        if let FunctionKind::Local(local) = &mut function.kind
            && function.name.as_deref().is_some_and(is_unreached)
        {
            let mut body = local.builder_mut().func_body();
            body.instrs_mut().clear();
            body.unreachable();
            emptied += 1;
        }
    }
    ensure!(
        emptied > 0,
        "the compiled frontend has no function `hydrate_async`: Leptos or the compiler names it differently \
         now, see xtask/src/site/unreached.rs"
    );
    Ok(())
}

/// Whether a name is that of the function or of a closure in it: `<T as Trait>::hydrate_async::{closure#0}`.
fn is_unreached(mangled: &str) -> bool {
    if !mangled.contains(NAME) {
        return false;
    }
    let path = without_types(&format!("{:#}", rustc_demangle::demangle(mangled)));
    path.rsplit("::").find(|part| !part.is_empty() && !part.starts_with("{closure#")) == Some(NAME)
}

/// A path without what stands in `<…>`.
fn without_types(path: &str) -> String {
    let mut depth = 0_usize;
    let mut outside = String::new();
    // The arrow of a function's type closes nothing.
    for letter in path.replace("->", "").chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_and_its_closures_are_meant_and_nothing_nested() {
        let of_any_view = "<_ as tachys::view::any_view::IntoAny>::into_any::hydrate_async::<fn() -> u8>";
        assert!(is_unreached(of_any_view));
        assert!(is_unreached(&format!("{of_any_view}::{{closure#0}}")));
        assert!(is_unreached(&format!("{of_any_view}::{{closure#0}}::{{closure#1}}")));
        assert!(!is_unreached(&format!("{of_any_view}::{{closure#0}}::prep")));
        assert!(!is_unreached(&format!("core::ptr::drop_in_place::<{of_any_view}::{{closure#0}}>")));
    }
}
