// What the hall is asked before each demonstration: question, four answers, what the slider guesses.
// Before an experiment of the lab it is asked what stands on its card, and guesses no number.

// Least, most and step of each slider.
export const RANGES = { race: [0, 10, 0.1], bytes: [0, 1000, 10], gap: [0, 10, 0.1], cut: [0, 60, 0.5] };

export const QUESTIONS = {
  race: {
    en: ['Which lane brings the sentence back first?', 'blocking', 'async', 'long-poll', 'no difference to be seen', 'Times the distance by long-polling, when little is said'],
    de: ['Welcher Weg bringt den Satz zuerst zurück?', 'blocking', 'async', 'long-poll', 'kein Unterschied zu sehen', 'Mal die Entfernung per Long-Polling, wenn wenig gesagt wird'],
  },
  bytes: {
    en: ['How many bytes does a text of 20 bytes need by long-polling?', 'about 30', 'about 130', 'about 300 to 900, by its headers', 'more than 5000', 'Bytes on the wire'],
    de: ['Wie viele Bytes braucht ein Text von 20 Bytes per Long-Polling?', 'etwa 30', 'etwa 130', 'etwa 300 bis 900, je nach Headern', 'mehr als 5000', 'Bytes auf der Leitung'],
  },
  gap: {
    en: ['How much slower is long-polling when much is said?', 'not at all', 'twice', 'three times', 'without end', 'Times the distance by long-polling, when much is said'],
    de: ['Wie viel langsamer ist Long-Polling, wenn viel gesagt wird?', 'gar nicht', 'doppelt', 'dreifach', 'ohne Ende', 'Mal die Entfernung per Long-Polling, wenn viel gesagt wird'],
  },
  cut: {
    en: ['A cable is pulled. When does a server without heartbeat notice?', 'at once', 'after 4 s', 'after some minutes', 'perhaps never', 'Seconds until a heartbeat of 1 s notices'],
    de: ['Ein Kabel wird gezogen. Wann merkt es ein Server ohne Heartbeat?', 'sofort', 'nach 4 s', 'nach einigen Minuten', 'vielleicht nie', 'Sekunden, bis es ein Herzschlag von 1 s merkt'],
  },
};

// What is asked now, in that language: { text, options, guess }; nothing when nothing is.
export function asked({ question, asked: card }, language) {
  if (!question) return null;
  const own = QUESTIONS[question]?.[language];
  if (own) return { text: own[0], options: own.slice(1, 5), guess: own[5] };
  return { text: card.question[language], options: card.options.map((option) => option[language]), guess: null };
}
