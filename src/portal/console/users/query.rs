//! What a list of users is asked for, by its address: every state of it can be linked to.

use crate::desk::{Sort, Wish};
use crate::portal::pages::Form;

use super::list::Kind;
use super::words::Users;

/// Rows of a page without a script; the script loads more as one scrolls.
const ROWS: usize = 50;
/// Rows that the script may ask for at a time.
const ROWS_MOST: usize = 1000;

/// A list's address, read.
pub(super) struct Query {
    pub(super) kind: Kind,
    pub(super) q: String,
    pub(super) sort: Sort,
    pub(super) is_descending: bool,
    after: Option<String>,
    limit: usize,
    ids: Option<String>,
}

const SORTS: [(Sort, &str); 5] = [
    (Sort::Name, "name"),
    (Sort::Since, "since"),
    (Sort::Seen, "seen"),
    (Sort::Devices, "devices"),
    (Sort::Open, "open"),
];

/// A column that the list can be sorted by.
pub(super) struct Column {
    pub(super) label: &'static str,
    pub(super) href: String,
    /// As `aria-sort` says it; empty for the others.
    pub(super) order: &'static str,
    pub(super) is_number: bool,
}

impl Query {
    pub(super) fn read(form: &Form) -> Self {
        let kind = Kind::named(form.text("kind"));
        let (word, is_descending) = match form.text("sort") {
            "" => kind.sort(),
            text => (text.trim_start_matches('-'), text.starts_with('-')),
        };
        Self {
            kind,
            q: form.text("q").trim().chars().take(200).collect(),
            sort: SORTS.iter().find(|(_, name)| *name == word).map_or(Sort::Name, |(sort, _)| *sort),
            is_descending,
            after: form.filled("after"),
            limit: form.text("limit").parse().unwrap_or(ROWS).clamp(1, ROWS_MOST),
            // None of them is an answer, too: how many there are of each kind comes with it.
            ids: form.pairs().find(|(name, _)| *name == "ids").map(|(_, ids)| ids.to_owned()),
        }
    }

    /// An id that cannot be one is nobody's.
    pub(super) fn wish<T: std::str::FromStr>(&self) -> Wish<T> {
        let only = self.ids.as_ref().map(|ids| ids.split(',').filter_map(|id| id.parse().ok()).collect());
        Wish {
            query: Some(self.q.clone()).filter(|q| !q.is_empty()),
            sort: self.sort,
            is_descending: self.is_descending,
            limit: self.limit,
            after: self.after.clone(),
            only,
        }
    }

    pub(super) fn sort_word(&self) -> String {
        let word = SORTS.iter().find(|(sort, _)| *sort == self.sort).map_or("name", |(_, word)| *word);
        if self.is_descending { format!("-{word}") } else { word.to_owned() }
    }

    /// Behind the row with that mark.
    pub(super) fn behind(&self, path: &str, mark: &str) -> String {
        self.href(path, &self.sort_word(), Some(mark))
    }

    pub(super) fn columns(&self, path: &str, words: &Users) -> Vec<Column> {
        let names: &[(Sort, &'static str)] = match self.kind {
            Kind::Registered => &[
                (Sort::Name, words.name),
                (Sort::Since, words.since),
                (Sort::Seen, words.seen),
                (Sort::Devices, words.devices),
                (Sort::Open, words.open),
            ],
            Kind::Waiting => &[(Sort::Name, words.name), (Sort::Since, words.asked)],
            Kind::Pending => &[],
            Kind::Devices => &[
                (Sort::Name, words.device),
                (Sort::Since, words.first_seen),
                (Sort::Seen, words.seen),
                (Sort::Open, words.open),
            ],
        };
        names.iter().map(|(sort, label)| self.column(path, *sort, label)).collect()
    }

    fn column(&self, path: &str, sort: Sort, label: &'static str) -> Column {
        let is_here = sort == self.sort;
        let word = SORTS.iter().find(|(known, _)| *known == sort).map_or("name", |(_, word)| *word);
        // Names begin with the first, everything else with the most.
        let descends = if is_here { !self.is_descending } else { sort != Sort::Name };
        let order = match (is_here, self.is_descending) {
            (false, _) => "",
            (true, false) => "ascending",
            (true, true) => "descending",
        };
        let word = if descends { format!("-{word}") } else { word.to_owned() };
        let is_number = matches!(sort, Sort::Devices | Sort::Open);
        Column { label, href: self.href(path, &word, None), order, is_number }
    }

    fn href(&self, path: &str, sort: &str, after: Option<&str>) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("kind", self.kind.word());
        if !self.q.is_empty() {
            pairs.append_pair("q", &self.q);
        }
        pairs.append_pair("sort", sort);
        if let Some(mark) = after {
            pairs.append_pair("after", mark);
        }
        format!("{path}?{}", pairs.finish())
    }
}
