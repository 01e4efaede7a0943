//! The lecture's slides: read everything, fill everything, then write.

use std::fs;
use std::path::{Component, Path};
use std::process::ExitCode;

use duplex_lab::cli;
use duplex_lab::compare::Refused;
use duplex_lab::deck::{self, Source};
use duplex_lab::results::{Export, Results};
use duplex_lab::show;

use super::Outcome;
use super::words::{cannot_write, language, print};

pub(super) fn slides(asked: &cli::Slides) -> Outcome {
    let lang = language(asked.lang);
    let load =
        |path: &std::path::PathBuf| Results::load(path).map_err(|why| Refused(why.to_string()));
    let results = asked.results.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let name = format!("websocket.{}.md", lang.code());
    let file = asked.source.join(&name);
    let text = fs::read_to_string(&file).map_err(|error| {
        Refused(format!("cannot read {}: {error}; say where it is with --source", file.display()))
    })?;
    let pictures = format!("pictures.{}", lang.code());
    let source = Source {
        text: &text,
        lang,
        path: asked.path.map(|path| match path {
            cli::Minutes::Short => deck::Path::Short,
            cli::Minutes::Long => deck::Path::Long,
        }),
        base: asked.base.trim_end_matches('/'),
        pictures: &pictures,
    };
    let filled = deck::fill(source, &results, &|path| read(&asked.source, path));
    let filled = filled.map_err(|bad| Refused(format!("{}, {bad}", file.display())))?;
    // Everything is known to be right before the first file is written.
    let folder = asked.out.join(&pictures);
    fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
    let pictures = filled.pictures.iter().map(|(path, svg)| (path, svg));
    let files = pictures.chain([(&name, &filled.markdown)]);
    let files: Vec<Export> =
        files.map(|(name, text)| Export { name: name.clone(), text: text.clone() }).collect();
    // All of them or none: the deck that stood there is still whole when the disk is full.
    let written = show::write_raw(&files, &asked.out);
    written.map_err(|error| Refused(format!("{error}; choose another folder with --out")))?;
    print(&format!("{}\n", asked.out.join(&name).display()))?;
    eprintln!("{} slides, {} pictures", filled.slides.len(), filled.pictures.len());
    Ok(ExitCode::SUCCESS)
}

/// Reads a file of the project: a drawing from the folder of the slides, anything else from around it.
fn read(source: &Path, path: &str) -> Result<String, String> {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !Path::new(path).components().all(inside) {
        return Err(format!("'{path}' leads out of the project: write a path such as src/plan.rs"));
    }
    let file = match path.strip_prefix("slides/") {
        Some(inner) => source.join(inner),
        None => source.join("..").join(path),
    };
    fs::read_to_string(&file).map_err(|error| format!("cannot read {path}: {error}"))
}
