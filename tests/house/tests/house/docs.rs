//! The documentation: every cited chapter and anchor exists, every relative link resolves, the README stays short.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use dynamo_house::workspace;

/// Every file below `folder` with one of these extensions, without build output, captures and hidden folders.
fn files(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "vectors", "node_modules"].contains(&&*name) {
                files(&path, extensions, found);
            }
        } else if path.extension().is_some_and(|end| extensions.contains(&&*end.to_string_lossy())) {
            found.push(path);
        }
    }
}

fn sources(extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&workspace(), extensions, &mut found);
    found.sort();
    found.into_iter().filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?))).collect()
}

/// The lines of a page that are not code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !fence && !in_code
    })
}

/// The anchor that GitHub gives to a heading.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    let mut times = BTreeMap::<String, u32>::new();
    let mut found = BTreeSet::new();
    for line in prose(page) {
        if let Some((level, heading)) = line.split_once(' ')
            && !level.is_empty()
            && level.bytes().all(|byte| byte == b'#')
        {
            let slug = slug(heading);
            let seen = times.entry(slug.clone()).or_default();
            found.insert(if *seen == 0 { slug.clone() } else { format!("{slug}-{seen}") });
            *seen += 1;
        }
        for id in line.split("<a id=\"").skip(1) {
            found.extend(id.split('"').next().map(str::to_owned));
        }
    }
    found
}

/// Resolves `..` without touching the file system.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// Why `target#anchor` does not exist, if it does not.
fn missing(target: &Path, anchor: Option<&str>) -> Option<String> {
    if !target.exists() {
        return Some(format!("{} does not exist", target.display()));
    }
    let anchor = anchor.filter(|anchor| !anchor.is_empty())?;
    let page = fs::read_to_string(target).ok()?;
    (!anchors(&page).contains(anchor)).then(|| format!("{} has no anchor #{anchor}", target.display()))
}

/// Every `docs/….md` and `docs/….md#anchor` in a text.
fn citations(text: &str) -> Vec<(&str, Option<&str>)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let mut found = Vec::new();
    for (start, _) in text.match_indices("docs/") {
        // Part of another path, such as a link to `../docs/…`.
        if text[..start].ends_with(|c: char| part(c)) {
            continue;
        }
        let rest = &text[start..];
        let path = &rest[..rest.find(|c| !part(c)).unwrap_or(rest.len())];
        let Some(end) = path.find(".md") else { continue };
        let path = &path[..end + 3];
        let anchor = rest[path.len()..].strip_prefix('#');
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let anchor = anchor.map(|anchor| &anchor[..anchor.find(|c| !word(c)).unwrap_or(anchor.len())]);
        found.push((path, anchor));
    }
    found
}

/// The targets of inline links, outside code.
fn links(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose(page) {
        // Even parts lie outside code spans.
        let plain = line.split('`').enumerate().filter(|(at, _)| at % 2 == 0).map(|(_, text)| text);
        for text in plain {
            found.extend(text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()));
        }
    }
    found
}

#[test]
fn every_cited_chapter_and_anchor_exists() {
    let root = workspace();
    let mut wrong = Vec::new();
    for (file, text) in sources(&["rs", "md", "toml", "py", "sh"]) {
        for (path, anchor) in citations(&text) {
            if let Some(why) = missing(&root.join(path), anchor) {
                wrong.push(format!("{}: {why}", file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_relative_link_resolves() {
    let root = workspace();
    let mut wrong = Vec::new();
    for (file, text) in sources(&["md"]) {
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) =
                link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let target =
                if path.is_empty() { file.clone() } else { normal(&file.parent().unwrap().join(path)) };
            if let Some(why) = missing(&target, anchor) {
                wrong.push(format!("{}: {why}", file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_is_at_most_150_lines() {
    let lines = fs::read_to_string(workspace().join("README.md")).unwrap().lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; move what is not an introduction to docs/guide");
}

#[test]
fn sources_cite_only_documents_of_the_repository() {
    // Split, so that this file does not cite them itself.
    let outside = [
        concat!("WI", "RE.md"),
        concat!("REQUIRE", "MENTS"),
        concat!("DES", "IGN.md"),
        concat!("STY", "LE.md"),
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources(&["rs", "md", "toml", "py", "sh"]) {
        wrong.extend(
            outside
                .iter()
                .filter(|name| text.contains(**name))
                .map(|name| format!("{}: {name}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn slugs_and_citations_are_read_as_github_reads_them() {
    assert_eq!(slug("etcd: worker"), "etcd-worker");
    assert_eq!(slug("`Display` of an error"), "display-of-an-error");
    let page = "# A page\n## Twice\n## Twice\n```\n# code\n```\n<a id=\"here\"></a>\n";
    let expected = ["a-page", "here", "twice", "twice-1"];
    assert_eq!(anchors(page), expected.map(str::to_owned).into());
    // Split, so that the page that does not exist is no citation of this file.
    let text = concat!("(docs", "/wire/none.md#an-anchor), docs", "/wire/none.md.");
    let path = concat!("docs", "/wire/none.md");
    assert_eq!(citations(text), [(path, Some("an-anchor")), (path, None)]);
    assert_eq!(links("[a](b.md#c) and `[not](this)`\n"), ["b.md#c"]);
}
