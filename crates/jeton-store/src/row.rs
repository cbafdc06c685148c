//! Rows as structs: a struct whose fields are the columns of the same names, read alike from either engine.
//!
//! By a few lines of our own instead of the driver's derive, which would compile both drivers a second time for the compiler.

/// Defines a struct and reads it from a row of either engine, each field from the column of its name.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $kind,)* }
        $crate::row::from_row!($name, row => Self { $($field: sqlx::Row::try_get(row, stringify!($field))?,)* });
    };
}

/// Says how a struct is read from a row of either engine.
macro_rules! from_row {
    ($name:ident, $row:ident => $read:expr) => {
        $crate::row::from_row!(sqlx::sqlite::SqliteRow, $name, $row => $read);
        $crate::row::from_row!(sqlx::postgres::PgRow, $name, $row => $read);
    };
    ($engine:ty, $name:ident, $row:ident => $read:expr) => {
        impl sqlx::FromRow<'_, $engine> for $name {
            fn from_row($row: &$engine) -> std::result::Result<Self, sqlx::Error> {
                Ok($read)
            }
        }
    };
}

pub(crate) use {from_row, row};
