//! Counts use in memory and hands it to the store in batches. Never makes a request wait.
