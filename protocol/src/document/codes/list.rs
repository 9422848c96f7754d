//! What all code lists have in common: a table, and a type that is one of its rows.

/// One row of a code list: the code, and what people read for it.
pub(crate) type Row = (&'static str, &'static str);

/// The code is not in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code is not in {list}")]
#[non_exhaustive]
pub struct UnknownCode {
    /// The list, by the name that people know it by.
    pub list: &'static str,
}

/// Finds the row of a code, which must be written exactly as the list writes it.
pub(crate) fn find(
    rows: &'static [Row],
    list: &'static str,
    code: &str,
) -> Result<&'static Row, UnknownCode> {
    rows.iter().find(|(known, _)| *known == code).ok_or(UnknownCode { list })
}

/// Makes a type whose values are the rows of one table.
macro_rules! code_list {
    ($(#[$doc:meta])* $name:ident, $list:literal, $rows:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(&'static Row);

        impl $name {
            /// Every code of the list.
            pub fn all() -> impl Iterator<Item = Self> {
                $rows.iter().map(Self)
            }

            /// The code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                self.0.0
            }

            /// What people read for the code.
            #[must_use]
            pub const fn display(self) -> &'static str {
                self.0.1
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownCode;

            fn from_str(code: &str) -> Result<Self, UnknownCode> {
                find(&$rows, $list, code).map(Self)
            }
        }

        code_as_text!($name);
    };
}

/// Writes a code as itself, for people, for logs and in statements.
macro_rules! code_as_text {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.code())
            }
        }

        crate::ids::serde_as_text!($name);
    };
}

pub(crate) use {code_as_text, code_list};
