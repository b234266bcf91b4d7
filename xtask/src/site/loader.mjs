// Loads what a page needs beside the first module. The build adds a function a part below, which Rust calls, and the
// name of the script that started the first module.
import { initSync } from "./SCRIPT";

// Each file is loaded once. One that did not come is asked for anew the next time.
const loading = new Map();

function load(file) {
  let module = loading.get(file);
  if (module === undefined) {
    // What a part shares with the first module, that exports.
    module = WebAssembly.instantiateStreaming(fetch(file), { __wasm_split: initSync() });
    loading.set(file, module);
    module.catch(() => loading.delete(file));
  }
  return module;
}

// Tells Rust by the function at that place of its table whether all came.
async function loadAll(files, callback, data) {
  let came = true;
  try {
    await Promise.all(files.map(load));
  } catch (problem) {
    console.error(problem);
    came = false;
  }
  initSync().__indirect_function_table.get(callback)(data, came);
}

