//! What else the machine does while something is measured.

/// Processes that wanted to run, on average over the last minutes, where the system tells.
pub fn load() -> String {
    let told = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<_> = told.split(' ').take(3).collect();
    if averages.len() == 3 { averages.join(", ") } else { "not known".to_owned() }
}
