//! Which columns SQL may name: those of the frames, and those that sources declare. Never which a file really has.

use super::sql_scope;
use crate::definition::{
    FrameName, FrameSource, Rows, Source, SourceKind, derived_columns, frame_columns, hidden_columns,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Names of columns; `None` where they cannot be known from the file, so that every name may be one.
pub(super) type Columns = Option<Rc<BTreeSet<String>>>;

/// What a source's tables hold beside the documented columns, by frame.
#[derive(Debug, Clone)]
pub(super) struct Frames {
    declared: BTreeMap<FrameName, Columns>,
    /// Those of rows, once somebody asked: every section does.
    of_rows: RefCell<BTreeMap<Rows, Columns>>,
}

impl Frames {
    /// Of one source, or of all where it is not known which one is asked.
    pub(super) fn of<'s>(sources: impl IntoIterator<Item = &'s Source>) -> Self {
        let mut declared: BTreeMap<FrameName, Columns> =
            FrameName::ALL.into_iter().map(|frame| (frame, Some(Rc::default()))).collect();
        for source in sources {
            for (frame, own) in &source.frames {
                let all = declared.entry(*frame).or_default();
                *all = union(all.take(), declared_by(own));
            }
            // what is filled from a field of an answer is a column of the copy
            let SourceKind::Api(api) = &source.kind else { continue };
            for (frame, columns) in &api.fields {
                let all = declared.entry(*frame).or_default();
                *all = with(all.take(), columns.keys().cloned());
            }
        }
        Self { declared, of_rows: RefCell::default() }
    }

    /// Where the sources are at fault themselves, nothing can be held against a name.
    pub(super) fn unknown() -> Self {
        let declared = FrameName::ALL.into_iter().map(|frame| (frame, None)).collect();
        Self { declared, of_rows: RefCell::default() }
    }

    /// The columns of rows of this kind.
    pub(super) fn of_rows(&self, rows: Rows) -> Columns {
        let made = || {
            let own = self.own(rows.frame())?;
            let (own, derived) = (own.iter(), derived_columns(rows).map(str::to_owned));
            let own = own.filter(|name| !hidden_columns(rows).contains(&name.as_str())).cloned();
            Some(Rc::new(own.chain(derived).collect()))
        };
        self.of_rows.borrow_mut().entry(rows).or_insert_with(made).clone()
    }

    /// The columns of a frame as a query sees it.
    pub(super) fn of_frame(&self, frame: FrameName) -> Columns {
        match frame {
            FrameName::Tasks => self.of_rows(Rows::Scheduled),
            FrameName::UserStates => self.of_rows(Rows::Days),
            FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => {
                self.own(frame)
            }
        }
    }

    /// The columns of any rows that numbers are computed from: a report's condition holds for each frame that has its columns. Targets
    /// alone are no rows of a report.
    pub(super) fn of_anything(&self) -> Columns {
        let of_frames = FrameName::ALL.into_iter().filter(|frame| *frame != FrameName::Targets);
        let of_frames = of_frames.map(|frame| self.of_frame(frame));
        of_frames.chain(Rows::ALL.into_iter().map(|rows| self.of_rows(rows))).fold(Some(Rc::default()), union)
    }

    fn own(&self, frame: FrameName) -> Columns {
        let declared = self.declared.get(&frame)?.clone();
        with(declared, frame_columns(frame).iter().map(|column| (*column).to_owned()))
    }
}

/// These, and some more names.
pub(super) fn with(columns: Columns, names: impl IntoIterator<Item = String>) -> Columns {
    let mut all = columns?;
    Rc::make_mut(&mut all).extend(names);
    Some(all)
}

/// Both; unknown as soon as one is.
pub(super) fn union(one: Columns, other: Columns) -> Columns {
    let other = other?;
    with(one, other.iter().cloned())
}

/// What a frame's lines in the file declare: its `columns`, and what its `query` selects.
fn declared_by(source: &FrameSource) -> Columns {
    let mut columns: BTreeSet<String> = source.columns.keys().cloned().collect();
    if let Some(query) = &source.query {
        let parser = Parser::new(&SQLiteDialect {}).try_with_sql(query);
        let tree = parser.and_then(|mut parser| parser.parse_query()).ok()?;
        columns.extend(sql_scope::selected_names(&tree)?.iter().cloned());
    }
    Some(Rc::new(columns))
}
