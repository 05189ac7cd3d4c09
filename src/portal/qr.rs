//! QR codes as SVG: a link that is scanned instead of typed.

use fast_qr::ECL;
use fast_qr::qr::{QRBuilder, QRCode};

/// Scanners need it around the code (ISO/IEC 18004 section 9.1), in modules.
const QUIET: usize = 4;
/// As large as it is shown where nobody says otherwise, in CSS pixels: read from a screen at arm's length.
const SIZE: usize = 256;

/// A picture that scales and consists of nothing but shapes. Both colors are written down, because a dark page must not
/// turn them around. `None` for a text that is longer than any code (2331 bytes); no address is.
pub(super) fn svg(text: &str) -> Option<String> {
    // Medium: 15 % of a print-out on a shop floor may be dirt.
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET;
    let bars = bars(&code);
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{SIZE}\" height=\"{SIZE}\" \
         role=\"img\" aria-label=\"QR code\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{bars}\"/></svg>"
    ))
}

/// Dark modules as bars, row by row: an answer with a thousand codes stays a few megabytes.
fn bars(code: &QRCode) -> String {
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left.value() == right.value()) {
            let width = run.len();
            if run.first().is_some_and(|module| module.value()) {
                path.push_str(&format!("M{},{}h{width}v1h-{width}", x + QUIET, y + QUIET));
            }
            x += width;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "http://hmi.plant.example:8080/.millgate/invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    /// Where the picture is dark, quiet zone included.
    fn dark(svg: &str) -> std::collections::HashSet<(usize, usize)> {
        let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let bar = |bar: &str| {
            let (at, rest) = bar.split_once('h').unwrap();
            let (x, y) = at.split_once(',').unwrap();
            let (x, y, width): (usize, usize, usize) =
                (x.parse().unwrap(), y.parse().unwrap(), rest.split('v').next().unwrap().parse().unwrap());
            (x..x + width).map(move |x| (x, y))
        };
        path.split('M').skip(1).flat_map(bar).collect()
    }

    #[test]
    fn the_picture_shows_the_modules_of_the_code() {
        let svg = svg(LINK).unwrap();
        let code = QRBuilder::new(LINK).ecl(ECL::M).build().unwrap();
        let dark = dark(&svg);
        for y in 0..code.size {
            for x in 0..code.size {
                assert_eq!(dark.contains(&(x + QUIET, y + QUIET)), code[y][x].value(), "{x} {y}");
            }
        }
        let edge = code.size + QUIET;
        assert!(dark.iter().all(|(x, y)| (QUIET..edge).contains(x) && (QUIET..edge).contains(y)));
    }

    #[test]
    fn the_picture_is_plain_and_small() {
        let svg = svg(LINK).unwrap();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "), "{svg}");
        for foreign in ["<script", "href", "style", "<image", "LINK"] {
            assert!(!svg.contains(foreign), "{foreign}");
        }
        assert!(svg.len() < 12_000, "{}", svg.len());
    }

    #[test]
    fn any_text_that_fits_is_taken() {
        assert!(svg("").is_some());
        assert!(svg(&"x".repeat(2331)).is_some());
        assert!(svg(&"x".repeat(3000)).is_none());
    }
}
