//! A file that one server at a time has, and whose content is replaced as a whole.

use std::env;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

/// A regular file, locked until it is dropped. The lock is advisory: it keeps other servers out, not
/// other programs.
pub struct StateFile {
    /// Absolute and without symlinks, which stay as they are.
    path: PathBuf,
    file: File,
}

/// Why new content could not take the old one's place.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The old content is untouched.
    #[error("no copy can be written beside it: {0}")]
    NoCopy(io::Error),
    /// The new content is in place, and a crash of the system may still undo that.
    #[error("it was replaced, but its folder cannot be synced: {0}")]
    NotSynced(io::Error),
    /// The new content is complete under another name.
    #[error("{source}; the new content is complete in {copy}", copy = copy.display())]
    LeftInCopy {
        /// Where it is.
        copy: PathBuf,
        /// Why it is not in place.
        source: io::Error,
    },
}

impl StateFile {
    /// Opens and locks the file, made empty if it is not there, and reads it.
    ///
    /// # Errors
    /// When another server has it, when it is no regular file, cannot be read or written, or when its
    /// folder takes no file beside it.
    pub fn open(path: &Path) -> io::Result<(StateFile, Vec<u8>)> {
        loop {
            // Before it is opened: a device may act on that.
            fs::metadata(path).map_or(Ok(()), |metadata| refuse_irregular(&metadata))?;
            let mut file =
                File::options().read(true).write(true).create(true).truncate(false).open(path)?;
            refuse_irregular(&file.metadata()?)?;
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => {
                    io::Error::new(ErrorKind::ResourceBusy, "another server is using it")
                }
                TryLockError::Error(error) => error,
            })?;
            // A server that was finishing may have replaced the file before it was locked here.
            let path = match fs::canonicalize(path) {
                Ok(path) if place(&file, &path)? == Place::Own => path,
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => continue,
            };
            // Known now and not at the end: that a copy can be made there.
            beside(&path)?;
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            return Ok((StateFile { path, file }, content));
        }
    }

    /// Replaces the content. What exists under other names is not touched, nor is a file that has taken
    /// this one's place meanwhile.
    ///
    /// A copy is written and renamed into place. Where a rename is refused (a bind mount of this one file, a
    /// sticky folder), where it would change the file's owner, or where the folder has moved, the
    /// content is written over the old one, with the copy kept until that is on disk.
    ///
    /// # Errors
    /// See [`ReplaceError`]. Where there is room for the content anywhere, it is not lost.
    pub fn replace(mut self, content: &[u8]) -> Result<(), ReplaceError> {
        let PersistError { error, file: copy } = match write_copy(beside(&self.path), content) {
            Ok(copy) => match self.rename(copy) {
                Ok(_) => return sync_folder(&self.path).map_err(ReplaceError::NotSynced),
                Err(refused) => refused,
            },
            Err(error) => {
                let copy = write_copy(copy_in(&env::temp_dir(), &self.path), content);
                let Ok(file) = copy else { return Err(ReplaceError::NoCopy(error)) };
                PersistError { error, file }
            }
        };
        // Only where the old content is not the last that is whole, and the new one can be found again.
        let kind = error.kind();
        let is_full = matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        if is_full || kind == ErrorKind::AlreadyExists || is_deleted(&self.file) {
            return Err(left(copy, error));
        }
        self.overwrite(content).map_err(|error| left(copy, error))
    }

    /// Puts a copy in the file's place. [`ErrorKind::AlreadyExists`] when that is another file's by now.
    fn rename(&self, copy: NamedTempFile) -> Result<File, PersistError> {
        match adopt(&self.file, &copy).and_then(|()| place(&self.file, &self.path)) {
            Ok(Place::Own) => copy.persist(&self.path),
            Ok(Place::Nothing) => copy.persist_noclobber(&self.path),
            Ok(Place::Another) => {
                let words = "another file has taken its place and is not overwritten";
                let error = io::Error::new(ErrorKind::AlreadyExists, words);
                Err(PersistError { error, file: copy })
            }
            Err(error) => Err(PersistError { error, file: copy }),
        }
    }

    fn overwrite(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(content)?;
        self.file.set_len(content.len() as u64)?;
        self.file.sync_all()
    }
}

fn refuse_irregular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"))
}

/// A new file beside this one, under a name that nothing has, removed unless it is kept.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    copy_in(path.parent().unwrap_or(path), path)
}

fn write_copy(copy: io::Result<NamedTempFile>, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut copy = copy?;
    copy.write_all(content)?;
    copy.as_file().sync_all()?;
    Ok(copy)
}

/// Keeps a copy, and tells where it is.
fn left(copy: NamedTempFile, source: io::Error) -> ReplaceError {
    let path = copy.path().to_owned();
    match copy.keep() {
        Ok((_, copy)) => ReplaceError::LeftInCopy { copy, source },
        // Not on Unix; elsewhere the system may still call it temporary.
        Err(_) => ReplaceError::LeftInCopy { copy: path, source },
    }
}

fn copy_in(folder: &Path, path: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new().prefix(&prefix).suffix(".new").tempfile_in(folder)
}

/// The file found under a path.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// The file that is open.
    Own,
    Another,
    Nothing,
}

#[cfg(unix)]
fn place(file: &File, path: &Path) -> io::Result<Place> {
    use std::os::unix::fs::MetadataExt as _;
    let id = |metadata: &Metadata| (metadata.dev(), metadata.ino());
    match fs::symlink_metadata(path) {
        Ok(found) if id(&found) == id(&file.metadata()?) => Ok(Place::Own),
        Ok(_) => Ok(Place::Another),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Place::Nothing),
        Err(error) => Err(error),
    }
}

/// Gives a copy the file's owner and mode.
#[cfg(unix)]
fn adopt(file: &File, copy: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (own, new) = (file.metadata()?, copy.as_file().metadata()?);
    if (own.uid(), own.gid()) != (new.uid(), new.gid()) {
        fchown(copy.as_file(), Some(own.uid()), Some(own.gid()))?;
    }
    copy.as_file().set_permissions(own.permissions())
}

/// Returns true when the file has no name any more: its content is gone when it is closed.
#[cfg(unix)]
fn is_deleted(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

/// The name of a file belongs to its folder, which has to reach the disk as well.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(path))?.sync_all()
}

// Elsewhere std tells no file from another, and a folder cannot be opened as a file.
#[cfg(not(unix))]
fn place(_file: &File, path: &Path) -> io::Result<Place> {
    Ok(if path.exists() { Place::Own } else { Place::Nothing })
}

#[cfg(not(unix))]
fn adopt(_file: &File, _copy: &NamedTempFile) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_deleted(_file: &File) -> bool {
    false
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
