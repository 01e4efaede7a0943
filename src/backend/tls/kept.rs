//! The certificate that we sign ourselves: made once, kept, and made anew when a client would not
//! accept it any more.
//!
//! `localhost.pem` holds the key and so is nobody else's business (mode 0600); `localhost.crt` has
//! the certificate alone, to be shown to clients (`curl --cacert`, a browser's settings).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{ServerName, UnixTime};
use time::OffsetDateTime;

use super::{BadTls, Tls, provider};

/// Whom the certificate names.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How long it is good for. Browsers accept nothing longer than 398 days.
const LIFE: time::Duration = time::Duration::days(365);
/// One that ends sooner than this is replaced now, and not in the middle of a lecture.
const SOON: Duration = Duration::from_secs(24 * 3600);

/// Where a user's programs keep their data.
pub(super) fn folder() -> Result<PathBuf, BadTls> {
    let given = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty());
    let home = || given("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let data = given("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    let data = data.or_else(|| given("LOCALAPPDATA").map(PathBuf::from));
    data.map(|data| data.join("duplex")).ok_or_else(|| {
        let why = "there is no home folder to keep a certificate in";
        BadTls(format!("{why}: set HOME, or give one with --cert FILE --key FILE"))
    })
}

/// The kept certificate, if it is still good; otherwise a new one.
pub(super) fn load_or_make(folder: &Path) -> Result<Tls, BadTls> {
    let file = folder.join("localhost.pem");
    if is_private(&file)
        && let Ok(tls) = Tls::from_files(&file, &file)
        && is_good(&tls)
    {
        return Ok(tls);
    }
    make(folder, &file, OffsetDateTime::now_utc()).map_err(|why| {
        BadTls(format!("cannot keep a certificate in {}: {why}", folder.display()))
    })?;
    Tls::from_files(&file, &file)
}

/// Makes one that begins a little before `now`, for clocks differ.
fn make(folder: &Path, file: &Path, now: OffsetDateTime) -> Result<(), String> {
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    let mut params =
        CertificateParams::new(NAMES.map(str::to_owned)).map_err(|error| error.to_string())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Duplex on this machine");
    params.not_before = now - time::Duration::days(1);
    params.not_after = now + LIFE;
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?.pem();
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let secret = certificate.clone() + &key.serialize_pem();
    // The public half first: whoever finds the other finds this one, too.
    replace(&folder.join("localhost.crt"), &certificate)
        .and_then(|()| replace(file, &secret))
        .map_err(|error| error.to_string())
}

/// Puts a file in place whole: two servers that start at the same time must not mix theirs.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    // A draft of an earlier process with our number is nobody's any more.
    let _ = fs::remove_file(&draft);
    let written = private(&draft).and_then(|mut draft| draft.write_all(text.as_bytes()));
    written.and_then(|()| fs::rename(&draft, file)).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

/// A new file that nobody else may read, from its first moment on.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether nobody else may read it: a key that others could have read is not secret any more.
fn is_private(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o077 == 0)
    }
    #[cfg(not(unix))]
    file.exists()
}

/// Whether a client that trusts this certificate and no other would accept it, now and for a
/// while.
fn is_good(tls: &Tls) -> bool {
    let mut roots = RootCertStore::empty();
    if roots.add(tls.certificate.clone()).is_err() {
        return false;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    let Ok(verifier) = verifier else { return false };
    let now = UnixTime::now();
    let soon = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + SOON);
    NAMES.into_iter().flat_map(|name| [(name, now), (name, soon)]).all(|(name, at)| {
        ServerName::try_from(name).is_ok_and(|name| {
            verifier.verify_server_cert(&tls.certificate, &[], &name, &[], at).is_ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_kept_for_us_alone() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("data/duplex");
        let first = load_or_make(&inner).unwrap();
        assert!(is_good(&first));
        assert_eq!(load_or_make(&inner).unwrap().certificate(), first.certificate());
        let mut names: Vec<_> =
            fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["localhost.crt", "localhost.pem"]);
        let shown = fs::read_to_string(inner.join("localhost.crt")).unwrap();
        assert!(shown.contains("CERTIFICATE") && !shown.contains("PRIVATE"), "{shown}");
    }

    #[test]
    fn one_that_is_over_or_nearly_so_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("localhost.pem");
        let now = OffsetDateTime::now_utc();
        let hour = time::Duration::hours(1);
        for then in [now - LIFE - hour, now - LIFE + hour, now + LIFE] {
            make(folder.path(), &file, then).unwrap();
            let old = Tls::from_files(&file, &file).unwrap();
            assert!(!is_good(&old), "{then}");
            let new = load_or_make(folder.path()).unwrap();
            assert!(is_good(&new) && new.certificate() != old.certificate(), "{then}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_could_read_is_not_used_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("localhost.pem");
        let first = load_or_make(folder.path()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let second = load_or_make(folder.path()).unwrap();
        assert!(second.certificate() != first.certificate());
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn damaged_files_and_hopeless_folders_are_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("localhost.pem");
        load_or_make(folder.path()).unwrap();
        for noise in ["", "noise", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            fs::write(&file, noise).unwrap();
            assert!(is_good(&load_or_make(folder.path()).unwrap()), "{noise}");
        }
        let why = load_or_make(&file.join("inner")).unwrap_err().to_string();
        assert!(why.starts_with("cannot keep a certificate in ") && !why.contains('\n'), "{why}");
    }
}
