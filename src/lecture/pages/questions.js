// What the hall is asked before each demonstration: question, four answers, what the slider guesses.

export const QUESTIONS = {
  race: {
    en: ['Which lane brings the sentence back first?', 'blocking', 'async', 'long-poll', 'no difference to be seen', 'Milliseconds at 25 ms each way'],
    de: ['Welcher Weg bringt den Satz zuerst zurück?', 'blocking', 'async', 'long-poll', 'kein Unterschied zu sehen', 'Millisekunden bei 25 ms je Weg'],
  },
  bytes: {
    en: ['How many bytes does a text of 20 bytes need by long-polling?', 'about 26', 'about 126', 'about 600', 'more than 1000', 'Bytes, at most 1000'],
    de: ['Wie viele Bytes braucht ein Text von 20 Bytes per Long-Polling?', 'etwa 26', 'etwa 126', 'etwa 600', 'mehr als 1000', 'Bytes, höchstens 1000'],
  },
  gap: {
    en: ['How much slower is long-polling when much is said?', 'not at all', 'twice', 'three times', 'without end', 'Times the distance'],
    de: ['Wie viel langsamer ist Long-Polling, wenn viel gesagt wird?', 'gar nicht', 'doppelt', 'dreifach', 'ohne Ende', 'Mal die Entfernung'],
  },
  cut: {
    en: ['A cable is pulled. When does a server without heartbeat notice?', 'at once', 'after 4 s', 'after some minutes', 'perhaps never', 'Seconds, at most 1000'],
    de: ['Ein Kabel wird gezogen. Wann merkt es ein Server ohne Heartbeat?', 'sofort', 'nach 4 s', 'nach einigen Minuten', 'vielleicht nie', 'Sekunden, höchstens 1000'],
  },
};
