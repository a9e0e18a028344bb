use super::Store;

/// When a client is told that its write is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As soon as the primary has it.
    Async,
    /// When the first of these stores that streams from the primary has confirmed it, as PostgreSQL's
    /// `FIRST 1 (a, b)`: if it is missed, the next one counts; with none connected, nobody is told.
    Sync(Vec<Store>),
    /// When this many standbys have confirmed it, whichever they are, as PostgreSQL's `ANY k (*)`.
    Quorum(u32),
    /// When the first so many of these stores that stream from the primary have all confirmed it, as PostgreSQL's
    /// `FIRST n (...)`.
    First(u32, Vec<Store>),
    /// When so many of these stores have confirmed it, whichever they are, as PostgreSQL's `ANY k (...)`.
    Any(u32, Vec<Store>),
}

/// Who has to confirm a write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule<'a> {
    /// Nobody.
    AtOnce,
    /// All of the first so many of a list that are connected.
    First(usize, &'a [Store]),
    /// So many, of a list or of all.
    Any(usize, Option<&'a [Store]>),
}

impl Durability {
    pub(super) fn rule(&self) -> Rule<'_> {
        match self {
            Durability::Async | Durability::Quorum(0) | Durability::First(0, _) | Durability::Any(0, _) => {
                Rule::AtOnce
            }
            Durability::Sync(list) => Rule::First(1, list),
            Durability::First(count, list) => Rule::First(*count as usize, list),
            Durability::Quorum(count) => Rule::Any(*count as usize, None),
            Durability::Any(count, list) => Rule::Any(*count as usize, Some(list)),
        }
    }

    /// A client that is not told at once is never told.
    pub(super) fn tells_at_once(&self) -> bool {
        matches!(self.rule(), Rule::AtOnce)
    }
}

/// What a primary knows of one standby.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<T> {
    /// Not connected, or still catching up: it does not count.
    Away,
    /// It counts and says nothing more; this is what it had confirmed.
    Lost(T),
    /// It counts, and this is what it has confirmed, or is about to.
    Counted(T),
}

impl Rule<'_> {
    /// The standbys that a write waits for; `None` if there are too few. `standing` says how each stands, of `stores`
    /// stores; smaller is better among those of which any will do.
    pub(super) fn chosen<T: Copy, K: Ord>(
        self,
        stores: usize,
        standing: impl Fn(Store) -> Standing<T>,
        better: impl Fn(&Standing<T>) -> K,
        chosen: &mut Vec<Standing<T>>,
    ) -> bool {
        chosen.clear();
        let present = |store: Store| Some(standing(store)).filter(|it| !matches!(it, Standing::Away));
        let wanted = match self {
            Rule::AtOnce => 0,
            Rule::First(count, list) => {
                let named = list.iter().enumerate().filter(|(place, store)| !list[..*place].contains(store));
                chosen.extend(named.filter_map(|(_, store)| present(*store)).take(count));
                count
            }
            Rule::Any(count, list) => {
                let named = |store: &Store| list.is_none_or(|list| list.contains(store));
                chosen.extend((0..stores).filter(named).filter_map(present));
                chosen.sort_by_key(better);
                chosen.truncate(count);
                count
            }
        };
        chosen.len() == wanted
    }
}
