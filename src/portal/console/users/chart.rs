//! An app's figures as a small chart, drawn here: bars in a picture that is described in a sentence, with a table
//! behind it for who wants the numbers. The overview shows it.

use askama::Template;

use crate::desk::{Desk, Figures as Counted};
use crate::domain::{AppId, Language, Tally};

use super::words::{Users, words};

const DAYS: u32 = 30;
/// Of the drawing, in its own units.
const HEIGHT: u32 = 72;
const STEP: u32 = 10;
const BAR: u32 = 7;

#[derive(Template)]
#[template(path = "users/figures.html", config = "src/portal/console/askama.toml")]
struct Figures {
    words: &'static Users,
    counted: Counted,
    bars: Vec<Bar>,
    /// What the picture shows, in a sentence.
    sentence: String,
    most: u64,
    /// Where the app's API is, for the script that keeps the numbers fresh.
    api: String,
}

struct Bar {
    x: u32,
    y: u32,
    height: u32,
    title: String,
    is_today: bool,
}

/// A part of a page, as HTML; a page without figures is better than none. `api` is where the app's API is, for the
/// script that keeps the numbers fresh.
pub(in crate::portal::console) async fn figures(
    desk: &Desk,
    app: AppId,
    api: String,
    language: Language,
) -> Option<String> {
    let counted = desk.figures(app, DAYS).await.ok()?;
    Figures::of(counted, api, language).render().ok()
}

impl Figures {
    fn of(counted: Counted, api: String, language: Language) -> Self {
        let words = words(language);
        let most = counted.days.iter().map(|day| day.views).max().unwrap_or_default();
        let all = counted.days.iter().map(|day| day.views).sum();
        let last = counted.days.len().saturating_sub(1);
        let bars =
            (0u32..).zip(&counted.days).map(|(at, day)| bar(at, day, most, at as usize == last, words)).collect();
        Self { words, bars, sentence: (words.chart)(all, most), most, counted, api }
    }

    fn today(&self) -> Tally {
        let none = Tally::none(AppId::CONSOLE, crate::domain::Day::default());
        self.counted.days.last().copied().unwrap_or(none)
    }

    fn width(&self) -> u32 {
        DAYS * STEP
    }

    fn height(&self) -> u32 {
        HEIGHT
    }

    fn bar_width(&self) -> u32 {
        BAR
    }

    fn first_day(&self) -> String {
        self.counted.days.first().map(|day| day.day.to_string()).unwrap_or_default()
    }
}

/// A day with any view has a bar that can be seen.
fn bar(at: u32, day: &Tally, most: u64, is_today: bool, words: &Users) -> Bar {
    let scaled = (day.views * u64::from(HEIGHT)).checked_div(most).unwrap_or_default();
    let height = u32::try_from(scaled).unwrap_or(HEIGHT).max(if day.views > 0 { 2 } else { 0 });
    let title = format!(
        "{}: {} {}, {} {}, {} {}",
        day.day, day.views, words.views, day.devices, words.unique_devices, day.users, words.active_users
    );
    Bar { x: at * STEP + (STEP - BAR) / 2, y: HEIGHT - height, height, title, is_today }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Day;

    #[test]
    fn the_busiest_day_fills_the_height_and_every_view_is_seen() {
        let words = words(Language::En);
        let day = |views| Tally { views, ..Tally::none(AppId::CONSOLE, Day::from_u32(20_779)) };
        let height = |views, most| bar(0, &day(views), most, false, words).height;
        assert_eq!((height(1000, 1000), height(500, 1000), height(1, 1000), height(0, 1000)), (HEIGHT, 36, 2, 0));
        assert_eq!(height(0, 0), 0);
        assert_eq!(bar(2, &day(3), 3, true, words).title, "2026-11-22: 3 Views, 0 Devices, 0 Users");
    }
}
