//! Folders, free space and file permissions.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Check;

/// Less free space than this and the next import or backup may fail.
const LITTLE: u64 = 1 << 30;
/// Less than this and the next answers may be lost.
const TOO_LITTLE: u64 = 100 << 20;

/// A folder that files are kept in.
pub(super) struct Kept {
    /// What the check of the folder is called.
    name: &'static str,
    /// What the check of its disk is called.
    disk: &'static str,
    /// Whether the first start makes it.
    is_made: bool,
    /// How another one is chosen.
    elsewhere: &'static str,
}

/// Everything that is kept in files, unless the settings say otherwise.
pub(super) const DATA: Kept = Kept {
    name: "data folder",
    disk: "disk",
    is_made: true,
    elsewhere: "set `data_dir` to another one",
};

/// The file of an embedded database that lies elsewhere.
pub(super) const DATABASE: Kept = Kept {
    name: "database folder",
    disk: "database disk",
    is_made: false,
    elsewhere: "set `database` to a file in another one",
};

/// Whether files can be written into the folder, and how many.
pub(super) fn folder(kept: &Kept, folder: &Path) -> Vec<Check> {
    let Kept {
        name,
        disk,
        is_made,
        elsewhere,
    } = *kept;
    let shown = folder.display();
    if !folder.exists() {
        return vec![if is_made {
            Check::ok(name, format!("The first start makes {shown}."))
        } else {
            Check::fail(
                name,
                format!("There is no folder {shown}."),
                format!("Make it, or {elsewhere}."),
            )
        }];
    }
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::File::create(&probe).and_then(|mut file| {
        file.write_all(b"written by tribometer doctor")?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&probe);
    let others =
        std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & 0o007 != 0);
    let writable = match written.and(removed) {
        Ok(()) if others => Check::warn(
            name,
            format!("Everybody on this machine may look into {shown}."),
            format!("Run `chmod 700 {shown}`, or {elsewhere}."),
        ),
        Ok(()) => Check::ok(name, format!("{shown} can be written to.")),
        Err(cause) => Check::fail(
            name,
            format!("{shown} can't be written to: {cause}."),
            format!("Let this user write to it, or {elsewhere}."),
        ),
    };
    let space = match rustix::fs::statvfs(folder) {
        Ok(space) => free_space(kept, space.f_bavail.saturating_mul(space.f_frsize)),
        Err(cause) => Check::warn(
            disk,
            format!("Its free space is unknown: {cause}."),
            format!("Look at the disk, or {elsewhere}."),
        ),
    };
    vec![writable, space]
}

fn free_space(kept: &Kept, bytes: u64) -> Check {
    let advice = format!("Free some space, or {} on a larger disk.", kept.elsewhere);
    let finding = match bytes >> 20 {
        megabytes @ ..10_000 => format!("{megabytes} MB are free."),
        megabytes => format!("{} GB are free.", megabytes >> 10),
    };
    if bytes < TOO_LITTLE {
        Check::fail(kept.disk, finding, advice)
    } else if bytes < LITTLE {
        Check::warn(kept.disk, finding, advice)
    } else {
        Check::ok(kept.disk, finding)
    }
}

/// Whether anybody but its owner may read the key file.
pub(super) fn privacy_of_key(name: &'static str, path: &Path) -> Check {
    match std::fs::metadata(path) {
        Ok(file) if file.permissions().mode() & 0o077 == 0 => Check::ok(
            name,
            format!("{} is readable by its owner alone.", path.display()),
        ),
        Ok(file) => Check::fail(
            name,
            format!(
                "{} has the mode {:04o}: others may read it.",
                path.display(),
                file.permissions().mode() & 0o7777
            ),
            format!("Run `chmod 600 {}`.", path.display()),
        ),
        Err(cause) => Check::fail(
            name,
            format!("{}: {cause}.", path.display()),
            "Bring the key back from its backup.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn little_space_is_warned_of_and_hardly_any_refused() {
        let verdict = |bytes| free_space(&DATA, bytes).verdict;
        assert_eq!(
            [0, TOO_LITTLE - 1, TOO_LITTLE, LITTLE - 1, LITTLE, u64::MAX].map(verdict),
            [
                Verdict::Fail,
                Verdict::Fail,
                Verdict::Warn,
                Verdict::Warn,
                Verdict::Ok,
                Verdict::Ok
            ]
        );
        assert_eq!(free_space(&DATA, 150 << 20).finding, "150 MB are free.");
        assert_eq!(free_space(&DATA, 20 << 30).finding, "20 GB are free.");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret.key");
        std::fs::write(&path, "key").expect("a file");
        let verdict = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            privacy_of_key("secret key", &path).verdict
        };
        assert_eq!(
            [0o600, 0o640, 0o604].map(verdict),
            [Verdict::Ok, Verdict::Fail, Verdict::Fail]
        );
    }

    #[test]
    fn a_folder_that_everybody_may_read_is_warned_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let verdict = |mode| {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode))
                .expect("a mode");
            super::folder(&DATA, folder.path())[0].verdict
        };
        assert_eq!(
            [0o700, 0o750, 0o755].map(verdict),
            [Verdict::Ok, Verdict::Ok, Verdict::Warn]
        );
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert_eq!(folder(&DATA, file.path())[0].verdict, Verdict::Fail);
    }
}
