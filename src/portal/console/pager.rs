//! A long list, a page at a time: `?page=2`. Live tables load more by themselves.

use crate::portal::pages::Form;

/// As many rows as one reads without getting lost.
pub(super) const ROWS: usize = 50;

/// Rendered by `pager.html`.
pub(super) struct Pager {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) total: usize,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

impl Pager {
    /// The rows of the page that the query asks for. `path` is the list's own, without a query; what else the query
    /// says is kept in the links.
    pub(super) fn cut<T>(rows: Vec<T>, query: &Form, path: &str) -> (Vec<T>, Self) {
        let total = rows.len();
        let pages = total.div_ceil(ROWS).max(1);
        let page = query.text("page").parse().unwrap_or(1usize).clamp(1, pages);
        let start = (page - 1) * ROWS;
        let rows: Vec<T> = rows.into_iter().skip(start).take(ROWS).collect();
        let link = |page: usize| link(query, path, page);
        let pager = Self {
            first: if total == 0 { 0 } else { start + 1 },
            last: start + rows.len(),
            total,
            previous: (page > 1).then(|| link(page - 1)),
            next: (page < pages).then(|| link(page + 1)),
        };
        (rows, pager)
    }

    pub(super) fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

fn link(query: &Form, path: &str, page: usize) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.pairs().filter(|(name, _)| !matches!(*name, "page" | "done")) {
        pairs.append_pair(name, value);
    }
    format!("{path}?{}", pairs.append_pair("page", &page.to_string()).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_and_links_keep_the_search() {
        let query = Form::query(Some("q=a+b&page=2&done=saved"));
        let (rows, pager) = Pager::cut((0..120).collect(), &query, "/w/x/audit");
        assert_eq!((rows.first(), rows.len()), (Some(&50), 50));
        assert_eq!((pager.first, pager.last, pager.total), (51, 100, 120));
        assert_eq!(pager.next.as_deref(), Some("/w/x/audit?q=a+b&page=3"));
        assert_eq!(pager.previous.as_deref(), Some("/w/x/audit?q=a+b&page=1"));
    }

    #[test]
    fn what_is_no_page_is_the_first_or_the_last() {
        for (query, first) in [("page=0", 1), ("page=x", 1), ("page=99", 101), ("", 1)] {
            let (_, pager) = Pager::cut((0..120).collect(), &Form::query(Some(query)), "/");
            assert_eq!(pager.first, first, "{query}");
        }
        let (rows, pager) = Pager::cut(Vec::<u8>::new(), &Form::query(None), "/");
        assert!(rows.is_empty() && !pager.is_needed() && pager.first == 0);
    }
}
