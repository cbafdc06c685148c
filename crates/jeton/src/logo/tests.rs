use super::*;
use image::GenericImageView;

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let drawn = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 120]));
    DynamicImage::ImageRgb8(drawn).write_to(&mut Cursor::new(&mut bytes), format).expect("written");
    bytes
}

#[tokio::test]
async fn a_picture_becomes_a_small_square_png_whatever_it_was() {
    for (width, height, format) in [(640, 480, ImageFormat::Png), (30, 300, ImageFormat::Jpeg), (16, 16, ImageFormat::WebP)] {
        let kept = read(picture(width, height, format)).await.expect("taken");
        let read = image::load_from_memory_with_format(&kept, ImageFormat::Png).expect("a PNG");
        assert_eq!(read.dimensions(), (limits::LOGO_SIDE, limits::LOGO_SIDE), "{format:?}");
        assert!(kept.len() <= limits::LOGO_MAX);
    }
}

#[tokio::test]
async fn nothing_of_a_polyglot_is_left() {
    let mut bytes = picture(64, 64, ImageFormat::Png);
    bytes.extend_from_slice(b"<script>alert(1)</script><?php system($_GET[0]); ?>PK\x03\x04");
    let kept = read(bytes).await.expect("the picture in it is good");
    let text = String::from_utf8_lossy(&kept);
    assert!(!text.contains("script") && !text.contains("php"), "{text}");
}

#[tokio::test]
async fn hostile_files_are_refused_with_a_reason() {
    let mut broken = picture(64, 64, ImageFormat::Png);
    broken.truncate(broken.len() / 2);
    let mut wide = picture(64, 64, ImageFormat::Png);
    // The width in the header of a PNG, its checksum made to fit: a bomb of four thousand million pixels.
    wide[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let sum = crc(&wide[12..29]);
    wide[29..33].copy_from_slice(&sum.to_be_bytes());
    for (bytes, fault) in [
        (Vec::new(), LogoFault::Format),
        (b"GIF89a\x01\x00\x01\x00".to_vec(), LogoFault::Format),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), LogoFault::Svg),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><svg/>".to_vec(), LogoFault::Svg),
        (b"<html><body>no picture</body></html>".to_vec(), LogoFault::Format),
        (vec![0x89; limits::LOGO_UPLOAD_MAX + 1], LogoFault::TooLarge),
        (broken, LogoFault::Broken),
        (wide, LogoFault::TooWide),
        (b"\x89PNG\r\n\x1a\nnothing".to_vec(), LogoFault::Broken),
        (b"\xff\xd8\xff\xe0\x00".to_vec(), LogoFault::Broken),
        (b"RIFF\xff\xff\xff\xffWEBPVP8L".to_vec(), LogoFault::Broken),
        (picture(limits::LOGO_SIDE_MAX + 1, 1, ImageFormat::Png), LogoFault::TooWide),
    ] {
        assert_eq!(read(bytes).await, Err(fault));
    }
}

/// The checksum of a PNG's chunk.
fn crc(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0u32, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }))
}
