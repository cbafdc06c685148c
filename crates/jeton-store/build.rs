//! Builds again when a migration changes. Does nothing else.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
