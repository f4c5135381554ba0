//! `payments top` beside a platform that runs: one table for a pipe, the same as JSON, and a folder that says nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use payment_services::registry::Name;
use tempfile::TempDir;

/// A platform in a process of its own, stopped when this is dropped.
struct Up(Child);

impl Up {
    fn start(dir: &Path) -> Self {
        let mut up = Command::new(env!("CARGO_BIN_EXE_payments"))
            .args(["up", "--ports", "auto", "--console", "off", "--dir", dir.to_str().unwrap()])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Told once all services listen.
        let lines = BufReader::new(up.stderr.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).find(|line| line.contains("Ctrl-C stops"));
        assert!(told.is_some(), "it does not start");
        Self(up)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn top(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_payments")).arg("top").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The first table in which nobody is down: on a busy machine, an answer may come late.
fn all_up(arguments: &[&str]) -> String {
    let mut last = String::new();
    for _ in 0..30 {
        let (code, table, why) = top(arguments);
        assert_eq!(code, 0, "{why}");
        if !table.lines().next().unwrap().contains("down") {
            return table;
        }
        last = table;
    }
    panic!("somebody is always down:\n{last}")
}

#[test]
fn a_table_for_a_pipe_names_every_service_and_those_that_are_down() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("run");
    let up = Up::start(&dir);
    let place = ["--dir", dir.to_str().unwrap()];
    let table = all_up(&[place[0], place[1], "--once"]);
    assert!(!table.contains('\u{1b}'), "a pipe gets no colours: {table}");
    for name in Name::ALL {
        let service = name.service().name;
        let line = table.lines().find(|line| line.split_whitespace().next() == Some(service));
        assert!(line.is_some(), "no {service} in\n{table}");
    }
    assert!(table.contains("LEDGER") && table.contains("CALLER"), "{table}");
    // Without a terminal there is nothing to be drawn over, so it ends by itself.
    assert_eq!(top(&place).0, 0);
    let (_, json, _) = top(&[place[0], place[1], "--once", "--json"]);
    let picture: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(picture["services"].as_array().unwrap().len(), Name::ALL.len());
    drop(up);
    let (code, table, _) = top(&[place[0], place[1], "--once"]);
    assert_eq!(code, 0, "services that are down are no failure to look");
    assert!(table.lines().next().unwrap().ends_with(&format!(": {} down", Name::ALL.len())), "{table}");
}

#[test]
fn what_says_nothing_about_where_services_listen_is_refused() {
    let folder = TempDir::new().unwrap();
    let (code, table, why) = top(&["--once", "--dir", folder.path().to_str().unwrap()]);
    assert!(code == 1 && table.is_empty(), "{table}");
    assert!(why.contains("none of its services has written where it listens"), "{why}");
    let (code, _, why) = top(&["--once", "--ports", "auto"]);
    assert!(code == 1 && why.contains("--dir"), "{why}");
    let (code, _, why) = top(&["--once", "--ports", "many"]);
    assert!(code == 1 && why.contains("ports"), "{why}");
}

/// Draws on a pseudo terminal, which `script` of util-linux makes.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_left_as_it_was() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("run");
    let _up = Up::start(&dir);
    let program = env!("CARGO_BIN_EXE_payments");
    let line = format!("stty -a; {program} top --dir {}; stty -a", dir.display());
    let script =
        Command::new("script").args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut script = script.expect("`script` of util-linux, which every Debian has, makes a terminal");
    let mut keys = script.stdin.take().unwrap();
    let mut drawn = BufReader::new(script.stdout.take().unwrap());
    let mut shown = Vec::new();
    // Once something is drawn, somebody presses q.
    while !String::from_utf8_lossy(&shown).contains("q ends") {
        let mut byte = [0];
        drawn.read_exact(&mut byte).unwrap();
        shown.push(byte[0]);
    }
    std::io::Write::write_all(&mut keys, b"q").unwrap();
    drawn.read_to_end(&mut shown).unwrap();
    assert!(script.wait().unwrap().success());
    let shown = String::from_utf8_lossy(&shown);
    let (before, rest) = shown.split_once("\u{1b}[?1049h").expect("another screen");
    let (_, after) = rest.split_once("\u{1b}[?25h\u{1b}[?1049l").expect("back from it, with a cursor");
    let modes = |stty: &str| {
        stty.split_whitespace()
            .filter(|word| word.ends_with("icanon") || *word == "echo" || *word == "-echo")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(!modes(before).is_empty());
    assert_eq!(modes(before), modes(after));
}
