// SPDX-License-Identifier: Apache-2.0
//! The plugin of ../garden.c in Rust: the same functions behind the same schemas, with no crate beside the standard
//! library. Each `extern "C"` function translates, calls safe code, and translates back.

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::ptr;

const DONE: c_int = 0;
const GONE: c_int = 1;
const FAILED: c_int = 2;
const ERROR: c_int = 1;

/// What `$report` points to: where errors and warnings go.
#[repr(C)]
pub struct Report {
    add: unsafe extern "C" fn(*const Report, c_int, *const c_char, *const c_char, *const c_char),
}

/// What "open" makes of the provider's settings.
pub struct Session {
    directory: PathBuf,
}

/// A bed, its compound values as JSON text.
struct Bed {
    rows: i32,
    raised: bool,
    crops: String,
    labels: String,
    position: String,
    revision: i64,
}

enum Failure {
    Gone,
    Failed { attribute: Option<&'static str>, summary: &'static str, detail: String },
}

fn failed(summary: &'static str, error: std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::Gone,
        _ => Failure::Failed { attribute: None, summary, detail: error.to_string() },
    }
}

// --- safe code ---

impl Session {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.bed"))
    }

    fn save(&self, name: &str, bed: &Bed, new: bool) -> Result<(), Failure> {
        let text = format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n",
            bed.rows, bed.raised, bed.crops, bed.labels, bed.position, bed.revision
        );
        let mut options = OpenOptions::new();
        // Only where there is none, so that no other bed is ever overwritten.
        options.write(true).create_new(new).create(true).truncate(!new);
        let saved = options.open(self.path(name)).and_then(|mut file| file.write_all(text.as_bytes()));
        saved.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::Failed {
                attribute: Some("name"),
                summary: "There is such a bed already",
                detail: "Import it, or choose another name.".into(),
            },
            _ => Failure::Failed { attribute: None, summary: "The bed can't be saved", detail: error.to_string() },
        })
    }

    fn load(&self, name: &str) -> Result<Bed, Failure> {
        let text = fs::read_to_string(self.path(name)).map_err(|error| failed("The bed can't be read", error))?;
        let lines: Vec<&str> = text.lines().collect();
        let [rows, raised, crops, labels, position, revision] = lines[..] else {
            return Err(Failure::Failed {
                attribute: None,
                summary: "The bed can't be read",
                detail: "Its file is incomplete.".into(),
            });
        };
        Ok(Bed {
            rows: rows.parse().unwrap_or(0),
            raised: raised == "true",
            crops: crops.into(),
            labels: labels.into(),
            position: position.into(),
            revision: revision.parse().unwrap_or(0),
        })
    }

    fn remove(&self, name: &str) -> Result<(), Failure> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("The bed can't be removed", error)),
            _ => Ok(()),
        }
    }
}

/// Strings as a JSON array.
fn json_array(texts: &[&str]) -> String {
    let mut json = String::from("[");
    for (index, text) in texts.iter().enumerate() {
        json.push_str(if index > 0 { ",\"" } else { "\"" });
        for letter in text.chars() {
            match letter {
                '"' | '\\' => {
                    json.push('\\');
                    json.push(letter);
                }
                '\0'..='\x1f' => write!(json, "\\u{:04x}", letter as u32).expect("a String takes it"),
                _ => json.push(letter),
            }
        }
        json.push('"');
    }
    json.push(']');
    json
}

// --- from C and back ---

/// What comes in is UTF-8, borrowed for the length of the call.
unsafe fn text<'a>(pointer: *const c_char) -> Option<&'a str> {
    if pointer.is_null() {
        return None;
    }
    CStr::from_ptr(pointer).to_str().ok()
}

/// JSON text, with "null" for NULL.
unsafe fn json(pointer: *const c_char) -> String {
    text(pointer).unwrap_or("null").into()
}

/// A NULL-terminated array of strings as JSON text.
unsafe fn json_texts(mut array: *const *const c_char) -> String {
    if array.is_null() {
        return "null".into();
    }
    let mut texts = Vec::new();
    while let Some(one) = text(*array) {
        texts.push(one);
        array = array.add(1);
    }
    json_array(&texts)
}

/// What goes out belongs to the caller, who hands it to garden_free().
fn out(value: String) -> *mut c_char {
    CString::new(value).map_or(ptr::null_mut(), CString::into_raw)
}

unsafe fn report_error(report: *const Report, attribute: Option<&str>, summary: &str, detail: &str) {
    let c = |text: &str| CString::new(text.replace('\0', " ")).unwrap_or_default();
    let (attribute, summary, detail) = (attribute.map(c), c(summary), c(detail));
    let attribute = attribute.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    ((*report).add)(report, ERROR, attribute, summary.as_ptr(), detail.as_ptr());
}

unsafe fn status(result: Result<(), Failure>, report: *const Report) -> c_int {
    match result {
        Ok(()) => DONE,
        Err(Failure::Gone) => GONE,
        Err(Failure::Failed { attribute, summary, detail }) => {
            report_error(report, attribute, summary, &detail);
            FAILED
        }
    }
}

#[no_mangle]
pub extern "C" fn garden_abi_version() -> u32 {
    1
}

/// # Safety
/// `memory` is NULL, or was handed out by a function below.
#[no_mangle]
pub unsafe extern "C" fn garden_free(memory: *mut c_void) {
    if !memory.is_null() {
        drop(CString::from_raw(memory.cast()));
    }
}

/// # Safety
/// As the schemas say, here and below: strings end with NUL, and out parameters point to room for a value.
#[no_mangle]
pub unsafe extern "C" fn garden_open(directory: *const c_char, report: *const Report) -> *mut Session {
    let directory = PathBuf::from(text(directory).unwrap_or_default());
    match fs::metadata(&directory) {
        Ok(found) if found.is_dir() => Box::into_raw(Box::new(Session { directory })),
        Ok(_) => {
            report_error(report, Some("directory"), "The directory can't be used", "It is no directory.");
            ptr::null_mut()
        }
        Err(error) => {
            report_error(report, Some("directory"), "The directory can't be used", &error.to_string());
            ptr::null_mut()
        }
    }
}

/// # Safety
/// `session` was opened, and no call that uses it is under way.
#[no_mangle]
pub unsafe extern "C" fn garden_close(session: *mut Session) {
    drop(Box::from_raw(session));
}

/// # Safety
/// See garden_open().
#[no_mangle]
pub unsafe extern "C" fn garden_bed_create(
    session: *const Session, name: *const c_char, rows: i32, raised: bool, crops: *const *const c_char,
    labels: *const c_char, position: *const c_char, revision: *mut i64, report: *const Report,
) -> c_int {
    let bed = Bed { rows, raised, crops: json_texts(crops), labels: json(labels), position: json(position), revision: 1 };
    *revision = bed.revision;
    status((*session).save(text(name).unwrap_or_default(), &bed, true), report)
}

/// # Safety
/// See garden_open().
#[no_mangle]
pub unsafe extern "C" fn garden_bed_read(
    session: *const Session, name: *const c_char, rows: *mut i32, raised: *mut bool, crops: *mut *mut c_char,
    labels: *mut *mut c_char, position: *mut *mut c_char, revision: *mut i64, report: *const Report,
) -> c_int {
    let found = (*session).load(text(name).unwrap_or_default()).map(|bed| {
        *rows = bed.rows;
        *raised = bed.raised;
        *crops = out(bed.crops);
        *labels = out(bed.labels);
        *position = out(bed.position);
        *revision = bed.revision;
    });
    status(found, report)
}

/// # Safety
/// See garden_open().
#[no_mangle]
pub unsafe extern "C" fn garden_bed_update(
    session: *const Session, name: *const c_char, rows: i32, raised: bool, crops: *const *const c_char,
    labels: *const c_char, position: *const c_char, old_revision: i64, revision: *mut i64, report: *const Report,
) -> c_int {
    let (labels, position) = (json(labels), json(position));
    let bed = Bed { rows, raised, crops: json_texts(crops), labels, position, revision: old_revision + 1 };
    *revision = bed.revision;
    status((*session).save(text(name).unwrap_or_default(), &bed, false), report)
}

/// # Safety
/// See garden_open().
#[no_mangle]
pub unsafe extern "C" fn garden_bed_delete(session: *const Session, name: *const c_char, report: *const Report) -> c_int {
    status((*session).remove(text(name).unwrap_or_default()), report)
}
