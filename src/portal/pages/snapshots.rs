//! Pages as they are sent, in both languages.
