//! Tables with known keys, read so that one mistake does not hide the next.
//!
//! serde would stop at the first error; here each key is read by itself, and what is left over is unknown.

use toml::de::DeTable;

use super::document::{Source, Value};
use super::problem::{Place, Problems, hint};

/// A value with its place, for what is found wrong with it later.
#[derive(Debug, Clone)]
pub(super) struct Field<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// What can stand behind a key. On `None` the reason is among the problems.
pub(super) trait FromValue: Sized {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self>;
}

/// A table whose keys are all known.
pub(super) trait Table: Default {
    const KEYS: &'static [&'static str];

    /// Sets what stands behind one of `KEYS`.
    fn set(&mut self, key: &str, value: &Value<'_>, source: &Source, place: Place, problems: &mut Problems);

    fn read(table: &DeTable<'_>, source: &Source, name: &str, problems: &mut Problems) -> Self {
        let mut read = Self::default();
        for (key, value) in table {
            let written: &str = key.get_ref();
            let path = if name.is_empty() { written.to_owned() } else { format!("{name}.{written}") };
            let place = Place { origin: source.origin(key.span().start), key: path };
            if Self::KEYS.contains(&written) {
                read.set(written, value, source, place, problems);
            } else {
                let known = Self::KEYS.iter().copied();
                problems.error(&place, format!("unknown key{}", known_or_near(written, known)));
            }
        }
        read
    }
}

fn known_or_near(written: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    match hint(written, known.clone()) {
        near if !near.is_empty() => near,
        _ => format!("; known here: {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// Declares a table as it is written: each key optional, with the type of its value.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $kind:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name {
            $(pub(super) $key: Option<$crate::config::table::Field<$kind>>,)+
            /// Keys that were written, but not so that they could be read: they are not missing.
            pub(super) wrong: Vec<&'static str>,
        }

        impl $crate::config::table::Table for $name {
            const KEYS: &'static [&'static str] = &[$(stringify!($key)),+];

            fn set(
                &mut self,
                key: &str,
                value: &$crate::config::document::Value<'_>,
                source: &$crate::config::document::Source,
                place: $crate::config::problem::Place,
                problems: &mut $crate::config::problem::Problems,
            ) {
                match key {
                    $(stringify!($key) => {
                        let read = <$kind as $crate::config::table::FromValue>::from_value(value, source, &place, problems);
                        if read.is_none() {
                            self.wrong.push(stringify!($key));
                        }
                        self.$key = read.map(|value| $crate::config::table::Field { value, place });
                    })+
                    _ => {}
                }
            }
        }

        impl $crate::config::table::FromValue for $name {
            fn from_value(
                value: &$crate::config::document::Value<'_>,
                source: &$crate::config::document::Source,
                place: &$crate::config::problem::Place,
                problems: &mut $crate::config::problem::Problems,
            ) -> Option<Self> {
                let Some(table) = value.get_ref().as_table() else {
                    problems.error(place, concat!("expected a table with the keys ", $(stringify!($key), " "),+));
                    return None;
                };
                Some(<Self as $crate::config::table::Table>::read(table, source, &place.key, problems))
            }
        }
    };
}
pub(super) use table;

/// The elements that could be read.
impl<T: FromValue> FromValue for Vec<Field<T>> {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
        let Some(elements) = value.get_ref().as_array() else {
            problems.error(place, format!("expected a list in brackets, found {}", super::leaf::found(value)));
            return None;
        };
        let read = elements.iter().filter_map(|element| {
            let place = Place { origin: source.origin(element.span().start), key: place.key.clone() };
            let value = T::from_value(element, source, &place, problems)?;
            Some(Field { value, place })
        });
        Some(read.collect())
    }
}

/// A value, or several of its kind in brackets; at least one.
#[derive(Debug, Clone)]
pub(super) struct OneOrMore<T> {
    pub(super) first: T,
    pub(super) more: Vec<Field<T>>,
}

impl<T> OneOrMore<T> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(self.more.iter().map(|field| &field.value))
    }
}

impl<T: FromValue> FromValue for OneOrMore<T> {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
        let Some(elements) = value.get_ref().as_array() else {
            return Some(Self { first: T::from_value(value, source, place, problems)?, more: Vec::new() });
        };
        if elements.is_empty() {
            problems.error(place, "the list is empty; name at least one");
            return None;
        }
        // One that could not be read is among the problems; the others are looked at all the same.
        let mut more = Vec::<Field<T>>::from_value(value, source, place, problems)?;
        if more.is_empty() { None } else { Some(Self { first: more.remove(0).value, more }) }
    }
}
