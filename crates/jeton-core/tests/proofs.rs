//! Proofs of the rules from outside: published vectors, attacks, the decision matrix, laws, and a simulation.

#[cfg(test)]
mod proofs {
    mod forge;
    mod jose_attacks;
    mod jose_brought;
    mod jose_dpop;
    mod jose_issued;
    mod jose_oracle;
    mod jose_vectors;
    mod laws;
    mod laws_of_text;
    mod matrix;
    mod simulation;
}
