// The run sheet of a lecture of 90 minutes: from and to which minute, which page shows it, what the hall
// is asked (a demonstration of questions.js, or an experiment), what was recorded of it, and in each
// language a title and what to do. What is said of it comes from the results: question, verdict and
// reason of the first recording that is an experiment.

export const SHEET = [
  {
    from: 0, to: 5, page: '/race', question: 'race', recorded: ['lab-long-poll-law', 'latency-lecture-hall'],
    en: ['One sentence, three ways', 'Let them vote. Add 25 ms, send a sentence, then five a second.'],
    de: ['Ein Satz, drei Wege', 'Abstimmen lassen. 25 ms dazugeben, einen Satz senden, dann fünf pro Sekunde.'],
  },
  {
    from: 5, to: 10, page: '/?lane=async', question: 'handshake', recorded: ['lab-handshake'],
    en: ['The handshake, byte by byte', 'Let them vote. Join, open the drawer below: key, GUID, SHA-1, accept.'],
    de: ['Der Handshake, Byte für Byte', 'Abstimmen lassen. Beitreten, unten die Schublade öffnen: Schlüssel, GUID, SHA-1, Antwort.'],
  },
  {
    from: 10, to: 17, page: '/wire', question: 'bytes', recorded: ['lab-layers', 'bytes'],
    en: ['What a message weighs', 'Let them vote. Build a frame, then switch the headers of a browser on.'],
    de: ['Was eine Nachricht wiegt', 'Abstimmen lassen. Einen Frame bauen, dann die Header eines Browsers einschalten.'],
  },
  {
    from: 17, to: 21, page: '/lab?name=set-up', question: 'set-up', recorded: ['lab-set-up'],
    en: ['How long until the first message', 'Let them vote and run it. Read the slopes: they are round trips.'],
    de: ['Wie lange bis zur ersten Nachricht', 'Abstimmen lassen und messen. Steigungen ablesen: Es sind Umläufe.'],
  },
  {
    from: 21, to: 25, page: '/lab?name=bulk', question: 'bulk', recorded: ['lab-bulk'],
    en: ['Loading a history', 'Let them vote, ask what makes it faster, and run it.'],
    de: ['Einen Verlauf laden', 'Abstimmen lassen, fragen, was ihn schneller macht, und messen.'],
  },
  {
    from: 25, to: 36, page: '/gap', question: 'gap', recorded: ['lab-long-poll-law'],
    en: ['How much slower is long-polling?', 'Let them vote. Drag the distance, then the rate; take the cursor away; measure.'],
    de: ['Wie viel langsamer ist Long-Polling?', 'Abstimmen lassen. Entfernung ziehen, dann Rate; den Cursor wegnehmen; messen.'],
  },
  {
    from: 36, to: 40, page: '/lab?name=coalescing', question: 'coalescing', recorded: ['lab-coalescing'],
    en: ['When polls need fewer bytes', 'Let them vote and run it. Where do the lines cross?'],
    de: ['Wann Polls weniger Bytes brauchen', 'Abstimmen lassen und messen. Wo kreuzen sich die Linien?'],
  },
  {
    from: 40, to: 50, page: '/vanish', question: 'cut', recorded: ['lab-vanish'],
    en: ['Who notices that a client is gone?', 'Let them vote. Kill, freeze, cut: before each, ask which stopwatches will stop.'],
    de: ['Wer merkt, dass ein Client weg ist?', 'Abstimmen lassen. Beenden, einfrieren, kappen: Vorher fragen, welche Stoppuhren stehen bleiben.'],
  },
  {
    from: 50, to: 55, page: '/?lane=async', question: 'outage', recorded: ['lab-outage'],
    en: ['What an outage loses', 'Let them vote. Join, cut the lane async on the race page, let phones chat on, reconnect: it all comes.'],
    de: ['Was ein Unterbruch verliert', 'Abstimmen lassen. Beitreten, auf der Seite Rennen die Bahn async trennen, Handys weiterchatten lassen, neu verbinden: Alles kommt.'],
  },
  {
    from: 55, to: 62, page: '/wire', question: 'census', recorded: ['lab-census', 'lab-same-bytes'],
    en: ['A frame under the glass', 'Let them vote. Fragment a text. Paste c1 00: which rule does it break?'],
    de: ['Ein Frame unter der Lupe', 'Abstimmen lassen. Einen Text zerteilen. c1 00 einfügen: Welche Regel bricht das?'],
  },
  {
    from: 62, to: 70, page: '/lab?name=goodbye', question: 'goodbye', recorded: ['lab-goodbye'],
    en: ['The last words', 'How many messages arrive when one side just closes? Let them vote and run it.'],
    de: ['Die letzten Worte', 'Wie viele Nachrichten kommen an, wenn eine Seite einfach schließt? Abstimmen lassen und messen.'],
  },
  {
    from: 70, to: 75, page: '/lab?name=blocked-executor', question: 'blocked-executor', recorded: ['lab-blocked-executor'],
    en: ['One handler blocks', 'Who waits for it? Let them vote and run it.'],
    de: ['Ein Handler blockiert', 'Wer wartet auf ihn? Abstimmen lassen und messen.'],
  },
  {
    from: 75, to: 80, page: '/lab?name=frozen-reader', question: 'frozen-reader', recorded: ['lab-frozen-reader'],
    en: ['One reader stands still', 'Who pays: the room, the memory, or the reader? Let them vote and run it.'],
    de: ['Ein Leser steht still', 'Wer zahlt: der Raum, der Speicher oder der Leser? Abstimmen lassen und messen.'],
  },
  {
    from: 80, to: 85, page: '/lab?name=memory', question: 'memory', recorded: ['lab-memory', 'memory', 'threads'],
    en: ['What a connection keeps', 'Let them vote and run it. Read the slopes; where does each end?'],
    de: ['Was eine Verbindung behält', 'Abstimmen lassen und messen. Steigungen ablesen; wo endet jede?'],
  },
  {
    from: 85, to: 90, page: '/lab?name=omission', question: 'omission', recorded: ['lab-omission'],
    en: ['Every number, measured wrongly', 'Let them vote and run it: the same run, counted twice.'],
    de: ['Jede Zahl, falsch gemessen', 'Abstimmen lassen und messen: derselbe Lauf, zweimal gezählt.'],
  },
];
