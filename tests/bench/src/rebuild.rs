//! The index of a million documents built anew from the journal, beside reading the journal.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::finding::Finding;
use crate::homes::LargeHome;
use crate::process::memory;
use crate::rounds::rounds;
use crate::setting::Setting;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let mut large = LargeHome::of(setting);
    let [rebuilt, read, resident] = rounds("rebuild", setting.rounds(2), || {
        fs::remove_dir_all(large.site.home.join("db")).unwrap();
        let began = Instant::now();
        let cat = Command::new("cat").args(large.segments()).stdout(Stdio::null()).status();
        assert!(cat.unwrap().success());
        let read = began.elapsed();
        let began = Instant::now();
        large.start();
        let (rebuilt, most) = (began.elapsed(), memory(large.site.process(), "VmHWM"));
        large.site.stop();
        [rebuilt.as_secs_f64(), read.as_secs_f64(), most]
    });
    let what = format!("ready with {} documents and no index", large.count);
    vec![
        Finding::new(what, "s", rebuilt)
            .beside("cat of the journal", &read)
            .at_most_times(20.0, 0.0),
        Finding::new("most resident memory until then", "MiB", resident),
    ]
}
