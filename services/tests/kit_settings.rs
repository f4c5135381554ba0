//! What a process is run with, from four sources of the same names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use payment_services::{
    kit::settings::{Settings, Sources},
    platform::Ports,
    registry::Name,
};

struct File {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn file(text: &str) -> File {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    fs::write(&path, text).unwrap();
    File { _dir: dir, path }
}

fn variables(said: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
    let said: Vec<_> = said.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    said.into_iter()
}

fn origin(settings: &Settings, name: &str) -> String {
    settings.lines().iter().find(|line| line.name == name).unwrap().origin.clone()
}

#[test]
fn flags_come_before_the_environment_and_that_before_the_file_and_that_before_the_defaults() {
    let file = file("drain_seconds = 20\nconfiguration_refresh_seconds = 60\nports = \"auto\"");
    let sources = Sources::default().file(&file.path).unwrap();
    let sources = sources.variables(variables(&[("PAYMENTS_DRAIN_SECONDS", "30"), ("PAYMENTS_PORTS", "fixed")]));
    let settings = sources.flag("drain_seconds", Some("40")).flag("bus", None).settings().unwrap();
    assert_eq!(settings.drain, Duration::from_secs(40));
    assert_eq!(settings.refresh, Duration::from_secs(60));
    assert_eq!(settings.ports, Ports::Fixed);
    assert_eq!(origin(&settings, "drain_seconds"), "--drain-seconds");
    assert_eq!(origin(&settings, "ports"), "PAYMENTS_PORTS");
    assert!(origin(&settings, "configuration_refresh_seconds").ends_with("settings.toml"));
    assert_eq!(origin(&settings, "bus"), "default");
}

#[test]
fn the_defaults_are_those_of_the_platform() {
    let settings = Sources::default().settings().unwrap();
    let timing = payment_services::platform::Timing::default();
    assert_eq!((settings.drain, settings.refresh), (timing.drain, timing.refresh));
    assert_eq!((settings.bus.to_string(), settings.quotas.to_string()), ("embedded".into(), "embedded".into()));
    let quotas = settings.lines().iter().find(|line| line.name == "quotas").unwrap();
    assert_eq!(quotas.value, "embedded", "a default is no secret");
    assert_eq!((settings.dir, settings.ports), (None, Ports::Fixed));
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places_and_the_way_out() {
    let file = file("drian_seconds = 5\nports = true\nbus = \"rabbit\"");
    let sources = Sources::default().file(&file.path).unwrap();
    let sources = sources.variables(variables(&[("PAYMENTS_DRAIN_SECONDS", "0"), ("PAYMENTS_STOER", "x")]));
    let error = sources.flag("configuration_refresh_seconds", Some("soon")).settings().unwrap_err().to_string();
    for told in [
        "`drian_seconds` in",
        "did you mean `drain_seconds`?",
        "`ports` in",
        "must be a text or a whole number",
        "`rabbit`",
        "PAYMENTS_DRAIN_SECONDS: `0`: must be a whole number from 1 to 600",
        "PAYMENTS_STOER is no setting; did you mean `store`?",
        "--configuration-refresh-seconds: `soon`: must be a whole number from 1 to 86400",
    ] {
        assert!(error.contains(told), "{told} is not in {error}");
    }
}

#[test]
fn a_secret_is_shown_nowhere_not_even_when_it_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("hunter2");
    let settings = Sources::default().flag("store", place.to_str()).settings().unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert_eq!(settings.store.unwrap().expose(), place.to_str().unwrap());

    let wrong = Sources::default().flag("store", Some("mysql://me:hunter2@host/db")).settings().unwrap_err();
    assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
    let wrong = Sources::default().flag("quotas", Some("rediss://me:hunter2@host")).settings().unwrap_err().to_string();
    assert!(!wrong.contains("hunter2") && wrong.contains("--quotas"), "{wrong}");
    assert!(wrong.contains("must be `embedded` or redis://host:port"), "{wrong}");
}

#[cfg(not(feature = "redis"))]
#[test]
fn a_program_without_redis_says_how_to_build_one_with_it() {
    let error = Sources::default().flag("quotas", Some("redis://host:6379")).settings().unwrap_err();
    assert!(error.to_string().contains("`--features redis`"), "{error}");
}

#[cfg(feature = "redis")]
#[test]
fn a_password_for_redis_is_shown_nowhere() {
    for url in ["redis://me:hunter2@host:6379/3", "redis://:hunter2@host"] {
        let settings = Sources::default().flag("quotas", Some(url)).settings().unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(settings.quotas.to_string(), "redis://host:6379");
    }
    for wrong in ["redis://", "redis://hunter2:port", "redis://me:hunter2@host/first"] {
        let error = Sources::default().flag("quotas", Some(wrong)).settings().unwrap_err().to_string();
        assert!(!error.contains("hunter2") && error.contains("use redis://host:port"), "{error}");
    }
}

#[test]
fn variables_of_others_and_those_of_the_tests_are_no_settings() {
    let said = [("PATH", "/bin"), ("PAYMENTS_TEST_STORE", "postgres://x"), ("PAYMENTS_SETTINGS", "f.toml")];
    assert!(Sources::default().variables(variables(&said)).settings().is_ok());
}

#[test]
fn a_file_that_is_not_there_or_no_toml_is_named() {
    for path in [PathBuf::from("/nowhere/settings.toml"), file("drain_seconds = ").path] {
        let error = Sources::default().file(&path).unwrap_err().to_string();
        assert!(error.contains("settings.toml"), "{error}");
    }
}

#[test]
fn ports_are_a_word_or_where_a_row_of_them_begins() {
    let ports = |text| Sources::default().flag("ports", Some(text)).settings().map(|settings| settings.ports);
    assert_eq!(ports("auto").unwrap(), Ports::Auto);
    let row = ports("21000").unwrap();
    let taken: Vec<_> = Name::ALL.iter().filter_map(|name| row.of(*name)).collect();
    assert_eq!((taken.len(), taken[0]), (Name::ALL.len(), 21_000));
    assert!(taken.windows(2).all(|pair| pair[1] == pair[0] + 1), "every service has its own: {taken:?}");
    for wrong in ["80", "65535", "70000", "any", "-1"] {
        let error = ports(wrong).unwrap_err().to_string();
        assert!(error.contains("`fixed`, `auto`, or a number from 1024 to 65000"), "{error}");
    }
}
