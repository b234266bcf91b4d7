//! Makes sure that the folder of the built site exists, so that this crate also compiles without a site, and
//! tells cargo to compile it again when the site changed. It builds nothing: `cargo xtask build` does.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    std::fs::create_dir_all(&site)?;
    // Cargo looks at every file below; it reads this line from standard output.
    let line = format!("cargo::rerun-if-changed={}\n", site.display());
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())
}
