//! What a search that has ended does to the rows.

use super::draft::Rows;
use super::find_tables::{self, InflatedRow};
use super::mode::RowsError;
use crate::store::effects::FoundEffect;
use crate::store::journal::frame::Position;

impl Rows<'_> {
    /// Applies what a search has found, which stands, or will stand, at `at`. What a member said before no longer holds.
    pub(super) fn found(&mut self, found: &FoundEffect, at: Position) -> Result<(), RowsError> {
        self.put(find_tables::part(found.find, at), Vec::new());
        for patient in &found.patients {
            let mac = self.index.patient(patient.reveal());
            for member in &found.answered {
                self.set(find_tables::found(&mac, *member), &at)?;
            }
        }
        for (member, epoch) in &found.inflated {
            let row = InflatedRow { epoch: *epoch, at };
            self.set(find_tables::inflated(*member), &row)?;
        }
        Ok(())
    }
}
