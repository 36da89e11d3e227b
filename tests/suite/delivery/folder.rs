//! Folders of this machine, with rights missing and disks full.

use super::{address, channel, done, file, hostile_bytes, refused, retry};
use crate::support::{require_root, run};
use parte::definition::{Channel, Existing, FilePattern, FolderChannel, FtpChannel, Placing, TlsMode, Way};
use parte::deliver::{Shipment, deliver};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder_channel(path: &Path) -> Channel {
    channel(Way::Folder(FolderChannel {
        path: path.to_owned(),
        file: FilePattern::default(),
        placing: Placing::default(),
    }))
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A small file system of its own, gone with the test.
pub(super) struct SmallDisk {
    path: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl SmallDisk {
    fn mount(options: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::over(folder.path().to_owned(), options, Some(folder))
    }
    /// Over a folder that is there.
    pub(super) fn mount_at(folder: PathBuf, options: &str) -> Self {
        Self::over(folder, options, None)
    }
    fn over(path: PathBuf, options: &str, folder: Option<tempfile::TempDir>) -> Self {
        require_root("it mounts a small file system to fill it");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&path));
        Self { path, _folder: folder }
    }
    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[tokio::test]
async fn a_file_is_written_once_and_replaced_when_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("informes");
    let channel = folder_channel(&path);
    let bytes = hostile_bytes(100_000);
    let shipment = file("ventas ñ.csv", &bytes);
    done(deliver(&channel, &shipment).await);
    let stored = path.join("ventas ñ.csv");
    assert_eq!(std::fs::read(&stored).unwrap(), bytes);

    let written = std::fs::metadata(&stored).unwrap().ino();
    let receipt = done(deliver(&channel, &Shipment { attempt: 2, ..shipment.clone() }).await);
    assert!(receipt.contains("is there since an earlier try"), "{receipt}");
    assert_eq!(std::fs::metadata(&stored).unwrap().ino(), written);

    let other = vec![b'x'; bytes.len()];
    let Way::Folder(FolderChannel { file: pattern, .. }) = &channel.way else { panic!("not a folder") };
    let placing = Placing { existing: Existing::Replace, done: None };
    let replacing = FolderChannel { path: path.clone(), file: pattern.clone(), placing };
    let channel = Channel { way: Way::Folder(replacing), ..channel };
    done(deliver(&channel, &file("ventas ñ.csv", &other)).await);
    assert_eq!(std::fs::read(&stored).unwrap(), other);
    assert_eq!(names(&path), ["ventas ñ.csv"]);
}

#[tokio::test]
async fn a_full_disk_is_tried_again_and_leaves_nothing_behind() {
    let disk = SmallDisk::mount("size=64k");
    let channel = folder_channel(&disk.path().join("informes"));
    done(deliver(&channel, &file("small.csv", b"1")).await);
    retry(
        deliver(&channel, &file("large.csv", &hostile_bytes(200_000))).await,
        &["large.csv", "disk is full"],
    );
    assert_eq!(names(&disk.path().join("informes")), ["small.csv"]);
    done(deliver(&channel, &file("other.csv", b"2")).await);
}

#[tokio::test]
async fn a_read_only_folder_is_refused() {
    let disk = SmallDisk::mount("size=64k");
    std::fs::create_dir(disk.path().join("informes")).unwrap();
    run(Command::new("mount").args(["-o", "remount,ro"]).arg(disk.path()));
    let channel = folder_channel(&disk.path().join("informes"));
    refused(deliver(&channel, &file("ventas.csv", b"1")).await, &["ventas.csv", "read-only"]);
}

#[tokio::test]
async fn a_share_that_is_not_mounted_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let channel = folder_channel(&folder.path().join("share/informes"));
    retry(deliver(&channel, &file("ventas.csv", b"1")).await, &["missing", "mount or create"]);
    assert!(names(folder.path()).is_empty(), "a folder was made where a share belongs");
}

#[tokio::test]
async fn hostile_names_and_places_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let channel = folder_channel(folder.path());
    for name in
        ["../a.csv", "/etc/a.csv", "a/b.csv", "a\\b.csv", "..", ".", "", "a\0b", ".profile", &"a".repeat(300)]
    {
        refused(deliver(&channel, &file(name, b"1")).await, &["file name"]);
    }
    std::fs::create_dir(folder.path().join("taken.csv")).unwrap();
    refused(deliver(&channel, &file("taken.csv", b"1")).await, &["is a folder"]);
    std::fs::write(folder.path().join("plain"), "").unwrap();
    let below_a_file = folder_channel(&folder.path().join("plain/informes"));
    refused(deliver(&below_a_file, &file("a.csv", b"1")).await, &["not a folder"]);
    assert_eq!(names(folder.path()), ["plain", "taken.csv"]);
}

#[tokio::test]
async fn an_outbox_mirrors_the_servers_folders_and_nothing_leads_out_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let to = |path: &str| Channel {
        outbox: Some(folder.path().join("outbox")),
        ..channel(Way::Ftp(FtpChannel {
            server: address(21, "nandu", "s3cret"),
            tls: TlsMode::Explicit,
            folder: path.to_owned(),
            file: FilePattern::default(),
            placing: Placing::default(),
        }))
    };
    done(deliver(&to("/entrada/2026"), &file("ventas.csv", b"1")).await);
    assert_eq!(std::fs::read(folder.path().join("outbox/partner/entrada/2026/ventas.csv")).unwrap(), b"1");
    refused(deliver(&to("../../etc"), &file("ventas.csv", b"1")).await, &[".."]);
    refused(deliver(&to("entrada"), &file("../ventas.csv", b"1")).await, &["file name"]);
}
