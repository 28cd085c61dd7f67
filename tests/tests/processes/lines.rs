//! How much code a service takes.

use std::path::Path;

/// Lines of code: all but blank lines, comments, `use` statements, and lines of closing brackets alone.
fn lines_of_code(source: &str) -> usize {
    let mut in_use = false;
    source
        .lines()
        .map(str::trim)
        .filter(|line| {
            if in_use || line.starts_with("use ") {
                in_use = !line.ends_with(';');
                return false;
            }
            !line.starts_with("//") && line.contains(|letter: char| !"{}()[];,".contains(letter))
        })
        .count()
}

fn source(file: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("examples");
    std::fs::read_to_string(examples.join(file)).unwrap()
}

#[test]
fn comments_blank_lines_imports_and_closing_brackets_do_not_count() {
    let source = "//! A file.\nuse std::{\n    fmt,\n};\n\n/// Says.\n#[component]\nfn say() {\n    hello(); // hi\n}\n";
    assert_eq!(lines_of_code(source), 3);
}

#[test]
fn a_server_is_fifteen_lines_besides_its_data_types_and_a_client_eight() {
    let component = source("src/lib.rs");
    // The data types come first.
    let (data, component) = component.split_once("#[component").unwrap();
    assert!(
        data.contains("struct Greet") && data.contains("struct Word") && component.contains("impl Hello")
    );
    let server =
        lines_of_code(&format!("#[component{component}")) + lines_of_code(&source("hello_server.rs"));
    let client = lines_of_code(&source("hello_client.rs"));
    assert!(server <= 15 && client <= 8, "the server has {server} lines, the client {client}");
}
