//! What the operating system says of this process.

/// Bytes of memory that it holds; `None` where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    resident_of_status(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_of_status(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_is_read() {
        assert_eq!(resident_of_status("VmPeak:\t 10 kB\nVmRSS:\t  2048 kB\n"), Some(2_097_152));
        assert_eq!(resident_of_status("VmPeak:\t 10 kB\n"), None);
        assert_eq!(resident_of_status("VmRSS: many\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_says_it() {
        assert!(resident_bytes().unwrap() > 1_000_000);
    }
}
