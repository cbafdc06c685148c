//! Pictures that people give their apps: read under limits, made small and square, and written anew, so that nothing of the file that
//! came is left but what can be seen.
//!
//! Never keeps a byte of what was sent, and never reads a format that can hold a program.

use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbaImage, imageops};
use jeton_core::limits;
use std::{io::Cursor, sync::LazyLock};
use tokio::sync::Semaphore;

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoFault {
    /// More bytes than are read.
    #[error("is larger than {} KiB", limits::LOGO_UPLOAD_MAX / 1024)]
    TooLarge,
    /// A drawing made of text.
    #[error("is an SVG, which can hold programs: save it as a PNG")]
    Svg,
    /// None of the formats.
    #[error("is not a PNG, JPEG or WebP picture")]
    Format,
    /// More pixels or memory than are read.
    #[error("is wider or higher than {} pixels", limits::LOGO_SIDE_MAX)]
    TooWide,
    /// It cannot be read to its end.
    #[error("is broken: save it again as a PNG")]
    Broken,
    /// Too many others are read just now.
    #[error("cannot be read just now: try again in a moment")]
    Busy,
}

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(limits::LOGOS_AT_ONCE));

/// Reads a picture and makes the small one that is kept: a square PNG, what is not square on a transparent ground.
pub async fn read(bytes: Vec<u8>) -> Result<Vec<u8>, LogoFault> {
    let format = format_of(&bytes)?;
    let _turn = TURNS.acquire().await.map_err(|_| LogoFault::Busy)?;
    tokio::task::spawn_blocking(move || shrink(&bytes, format)).await.unwrap_or(Err(LogoFault::Broken))
}

/// The format by the first bytes, whatever the file is called.
fn format_of(bytes: &[u8]) -> Result<ImageFormat, LogoFault> {
    if bytes.len() > limits::LOGO_UPLOAD_MAX {
        return Err(LogoFault::TooLarge);
    }
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Ok(ImageFormat::Png),
        [0xff, 0xd8, 0xff, ..] => Ok(ImageFormat::Jpeg),
        _ if is_webp => Ok(ImageFormat::WebP),
        _ if is_drawing(bytes) => Err(LogoFault::Svg),
        _ => Err(LogoFault::Format),
    }
}

fn is_drawing(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(1024)).unwrap_or(bytes)).to_ascii_lowercase();
    start.contains("<svg") || start.trim_start_matches('\u{feff}').trim_start().starts_with("<?xml")
}

fn shrink(bytes: &[u8], format: ImageFormat) -> Result<Vec<u8>, LogoFault> {
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(limits::LOGO_SIDE_MAX);
    bounds.max_image_height = Some(limits::LOGO_SIDE_MAX);
    bounds.max_alloc = Some(limits::LOGO_MEMORY_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(bounds);
    let picture = reader.decode().map_err(|fault| match fault {
        image::ImageError::Limits(_) => LogoFault::TooWide,
        _ => LogoFault::Broken,
    })?;
    let mut kept = Vec::new();
    square(&picture).write_to(&mut Cursor::new(&mut kept), ImageFormat::Png).map_err(|_| LogoFault::Broken)?;
    if kept.len() > limits::LOGO_MAX { Err(LogoFault::Broken) } else { Ok(kept) }
}

/// The picture within a square of [`limits::LOGO_SIDE`] pixels.
fn square(picture: &DynamicImage) -> DynamicImage {
    let side = limits::LOGO_SIDE;
    let small = picture.resize(side, side, imageops::FilterType::CatmullRom).into_rgba8();
    let mut whole = RgbaImage::new(side, side);
    let middle = |own: u32| i64::from(side.saturating_sub(own) / 2);
    imageops::overlay(&mut whole, &small, middle(small.width()), middle(small.height()));
    DynamicImage::ImageRgba8(whole)
}

#[cfg(test)]
mod tests;
