//! The two crates that `scripts/bench-macros.sh` compares: one with the macros, one with what they write.

use std::fmt::Write as _;
use std::path::Path;

use super::docs::expand;

const ENDPOINTS: usize = 100;

#[test]
#[ignore = "writes files for scripts/bench-macros.sh"]
fn the_crates_of_the_benchmark_are_written() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench-macros");
    let mut source = String::from(
        "use dynamo_sdk::prelude::*;\n\n\
         #[derive(serde::Serialize, serde::Deserialize)]\npub struct Say {\n    pub text: String,\n}\n\n\
         #[component(namespace = \"bench\")]\npub struct Many;\n\n#[endpoints]\nimpl Many {\n",
    );
    for at in 0..ENDPOINTS {
        let (returned, value) = if at % 2 == 0 {
            ("std::result::Result<Say, EndpointError>", "Ok(request)")
        } else {
            ("impl Stream<Item = Say>", "stream::iter([request])")
        };
        writeln!(
            source,
            "    #[endpoint]\n    pub async fn e{at}(&self, request: Say) -> {returned} {{\n        {value}\n    }}\n"
        )
        .expect("a text takes what is written");
    }
    source.push_str("}\n");
    let file = syn::parse_file(&source).expect("the source is Rust");
    let expanded = file.items.into_iter().map(expand).collect();
    let expanded = prettyplease::unparse(&syn::parse2(expanded).expect("the expansion is a list of items"));
    std::fs::write(directory.join("with_macros/src/lib.rs"), source).expect("the source can be written");
    std::fs::write(directory.join("written_out/src/lib.rs"), expanded).expect("the source can be written");
}
