//! The first start: folder, keys, database, first organisation, owner. Never touches what is already there.
