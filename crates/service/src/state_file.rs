//! A file that one server at a time owns, and whose content is replaced as a whole.

use std::env;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

/// A regular file, locked until it is dropped. The lock is advisory: it excludes other servers, not
/// other programs.
pub struct StateFile {
    /// The absolute path with symlinks resolved, so that replacing the file keeps them.
    path: PathBuf,
    file: File,
}

/// The error when content cannot be replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The old content is unchanged.
    #[error("cannot write a copy beside it: {0}")]
    NoCopy(io::Error),
    /// The content is replaced, but a system crash may undo that.
    #[error("it was replaced, but its folder cannot be synced: {0}")]
    NotSynced(io::Error),
    /// The new content is complete in another file.
    #[error("{source}; the new content is complete in {copy}", copy = copy.display())]
    LeftInCopy {
        /// The path of that file.
        copy: PathBuf,
        /// The reason why it was not moved into place.
        source: io::Error,
    },
}

impl StateFile {
    /// Opens and locks the file, creating it if it does not exist, and reads it.
    ///
    /// # Errors
    /// If another server has locked it, if it is not a regular file, cannot be read or written, or
    /// if no file can be created beside it.
    pub fn open(path: &Path) -> io::Result<(StateFile, Vec<u8>)> {
        loop {
            // Checked before opening, which may have effects on a device.
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
            // A stopping server may have replaced the file before it was locked here.
            let path = match fs::canonicalize(path) {
                Ok(path) if place(&file, &path)? == Place::Own => path,
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => continue,
            };
            // Fail now rather than at the end if a copy cannot be created.
            create_beside(&path)?;
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            return Ok((StateFile { path, file }, content));
        }
    }

    /// Replaces the content. Never overwrites another file, even one that has taken this file's
    /// path.
    ///
    /// A copy is written and renamed into place. If the rename fails (a bind mount of this file, a
    /// sticky folder), would change the file's owner, or the folder has moved, the file is
    /// overwritten, and the copy is kept until the new content is on disk.
    ///
    /// # Errors
    /// See [`ReplaceError`]. The content is lost only if no copy can be written anywhere.
    pub fn replace(mut self, content: &[u8]) -> Result<(), ReplaceError> {
        let PersistError { error, file: copy } =
            match write_copy(create_beside(&self.path), content) {
                Ok(copy) => match self.rename(copy) {
                    Ok(_) => return sync_folder(&self.path).map_err(ReplaceError::NotSynced),
                    Err(refused) => refused,
                },
                Err(error) => {
                    let copy = write_copy(create_in(&env::temp_dir(), &self.path), content);
                    let Ok(file) = copy else { return Err(ReplaceError::NoCopy(error)) };
                    PersistError { error, file }
                }
            };
        // Do not overwrite on a full disk, which could destroy the last complete content, nor a
        // file that has no path any more.
        let kind = error.kind();
        let is_full = matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        if is_full || kind == ErrorKind::AlreadyExists || is_deleted(&self.file) {
            return Err(keep_copy(copy, error));
        }
        self.overwrite(content).map_err(|error| keep_copy(copy, error))
    }

    /// Renames a copy into place. Fails with [`ErrorKind::AlreadyExists`] if another file is there.
    fn rename(&self, copy: NamedTempFile) -> Result<File, PersistError> {
        match adopt(&self.file, &copy).and_then(|()| place(&self.file, &self.path)) {
            Ok(Place::Own) => copy.persist(&self.path),
            Ok(Place::Nothing) => copy.persist_noclobber(&self.path),
            Ok(Place::Another) => {
                let message = "another file has taken its place and is not overwritten";
                let error = io::Error::new(ErrorKind::AlreadyExists, message);
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

/// Creates a temporary file in the folder of `path`.
fn create_beside(path: &Path) -> io::Result<NamedTempFile> {
    create_in(path.parent().unwrap_or(path), path)
}

fn write_copy(copy: io::Result<NamedTempFile>, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut copy = copy?;
    copy.write_all(content)?;
    copy.as_file().sync_all()?;
    Ok(copy)
}

/// Keeps a copy, and returns the error with its path.
fn keep_copy(copy: NamedTempFile, source: io::Error) -> ReplaceError {
    let path = copy.path().to_owned();
    match copy.keep() {
        Ok((_, copy)) => ReplaceError::LeftInCopy { copy, source },
        // Never on Unix; on Windows the file may stay marked as temporary.
        Err(_) => ReplaceError::LeftInCopy { copy: path, source },
    }
}

fn create_in(folder: &Path, path: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new().prefix(&prefix).suffix(".new").tempfile_in(folder)
}

/// The file at a path, compared with an open file.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// The same file.
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

/// Sets a copy's owner and mode to those of the file.
#[cfg(unix)]
fn adopt(file: &File, copy: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (own, new) = (file.metadata()?, copy.as_file().metadata()?);
    if (own.uid(), own.gid()) != (new.uid(), new.gid()) {
        fchown(copy.as_file(), Some(own.uid()), Some(own.gid()))?;
    }
    copy.as_file().set_permissions(own.permissions())
}

/// Returns true if the file was deleted: its content is lost when it is closed.
#[cfg(unix)]
fn is_deleted(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

/// Syncs the folder, which contains the file's name.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(path))?.sync_all()
}

// On other systems, std cannot compare files or open a folder.
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
