//! What the gate asks for, answered from the store. Never answers more than was asked.
