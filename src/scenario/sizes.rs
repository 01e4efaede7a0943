//! The same load in rooms of another size: what fan-out costs, and nothing else.

use super::{BadScenario, Scenario, Text};

impl Scenario {
    /// The scenario with that many members and as many deliveries a second as before: the larger
    /// its rooms, the fewer messages.
    ///
    /// # Errors
    /// When no run could have these values.
    pub fn of_size(&self, members: u32) -> Result<Self, BadScenario> {
        let times = f64::from(members) / f64::from(self.members);
        let name = format!("{}-{members}", self.name);
        let rate = self.rate / times;
        let question = Text {
            en: format!(
                "As many deliveries a second as {}, with {members} members: what does the size of a room cost?",
                self.name
            ),
            de: format!(
                "So viele Zustellungen pro Sekunde wie {}, mit {members} Mitgliedern: Was kostet die Größe eines Raums?",
                self.name
            ),
        };
        let expect = Text {
            en: "What a message costs once, receiving and decoding it, is shared by its deliveries: the larger the room, the cheaper each of them, down to what a send costs.".to_owned(),
            de: "Was eine Nachricht einmal kostet, das Empfangen und Dekodieren, teilen sich ihre Zustellungen: Je größer der Raum, desto günstiger jede von ihnen, bis hinab zu den Kosten des Sendens.".to_owned(),
        };
        let sized = Scenario { name, members, rate, question, expect, ..self.clone() };
        sized.check()?;
        Ok(sized)
    }
}

#[cfg(test)]
mod tests {
    use super::super::named;

    #[test]
    fn a_size_has_the_deliveries_of_the_original_and_what_cannot_be_is_refused() {
        let hall = named("lecture-hall").unwrap();
        for members in [10, 100, 1000] {
            let sized = hall.of_size(members).unwrap();
            assert_eq!((sized.members, sized.rooms), (members, hall.rooms));
            assert!((sized.offered_deliveries() - hall.offered_deliveries()).abs() < 1e-6);
        }
        assert_eq!(hall.of_size(10).unwrap().name, "lecture-hall-10");
        assert!(hall.of_size(0).is_err());
        assert!(named("many-rooms").unwrap().of_size(3).is_err(), "fewer members than rooms");
    }
}
