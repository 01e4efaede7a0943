// The run sheet of a lecture of 90 minutes: from and to which minute, which page shows it, what the hall
// is asked, what was recorded of it, and in each language a title and what to do. What is said of it comes
// from the results: question, verdict and reason of the first recording that is an experiment.

export const SHEET = [
  {
    from: 0, to: 5, page: '/race', question: 'race', recorded: ['lab-long-poll-law', 'latency-lecture-hall'],
    en: ['One sentence, three ways', 'Let them vote. Add 25 ms, send a sentence, then five a second.'],
    de: ['Ein Satz, drei Wege', 'Abstimmen lassen. 25 ms dazugeben, einen Satz senden, dann fünf pro Sekunde.'],
  },
  {
    from: 5, to: 10, page: '/?lane=async', question: null, recorded: ['lab-handshake'],
    en: ['The handshake, byte by byte', 'Join, open the drawer below: key, GUID, SHA-1, accept.'],
    de: ['Der Handshake, Byte für Byte', 'Beitreten, unten die Schublade öffnen: Schlüssel, GUID, SHA-1, Antwort.'],
  },
  {
    from: 10, to: 17, page: '/wire', question: 'bytes', recorded: ['lab-layers', 'bytes'],
    en: ['What a message weighs', 'Let them vote. Build a frame, then switch the headers of a browser on.'],
    de: ['Was eine Nachricht wiegt', 'Abstimmen lassen. Einen Frame bauen, dann die Header eines Browsers einschalten.'],
  },
  {
    from: 17, to: 21, page: null, question: null, recorded: ['lab-set-up'],
    en: ['How long until the first message', 'Read the slopes: they are round trips. Live: duplex lab run set-up'],
    de: ['Wie lange bis zur ersten Nachricht', 'Steigungen ablesen: Es sind Umläufe. Live: duplex lab run set-up'],
  },
  {
    from: 21, to: 25, page: null, question: null, recorded: ['lab-bulk'],
    en: ['Loading a history', 'Ask what makes it faster, then show it. Live: duplex lab run bulk'],
    de: ['Einen Verlauf laden', 'Fragen, was ihn schneller macht, dann zeigen. Live: duplex lab run bulk'],
  },
  {
    from: 25, to: 36, page: '/gap', question: 'gap', recorded: ['lab-long-poll-law'],
    en: ['How much slower is long-polling?', 'Let them vote. Drag the distance, then the rate; take the cursor away; measure.'],
    de: ['Wie viel langsamer ist Long-Polling?', 'Abstimmen lassen. Entfernung ziehen, dann Rate; den Cursor wegnehmen; messen.'],
  },
  {
    from: 36, to: 40, page: null, question: null, recorded: ['lab-coalescing'],
    en: ['When polls need fewer bytes', 'Where do the lines cross? Live: duplex lab run coalescing'],
    de: ['Wann Polls weniger Bytes brauchen', 'Wo kreuzen sich die Linien? Live: duplex lab run coalescing'],
  },
  {
    from: 40, to: 50, page: '/vanish', question: 'cut', recorded: ['lab-vanish'],
    en: ['Who notices that a client is gone?', 'Let them vote. Kill, freeze, cut: before each, ask which stopwatches will stop.'],
    de: ['Wer merkt, dass ein Client weg ist?', 'Abstimmen lassen. Beenden, einfrieren, kappen: Vorher fragen, welche Stoppuhren stehen bleiben.'],
  },
  {
    from: 50, to: 55, page: '/?lane=async', question: null, recorded: ['lab-outage'],
    en: ['What an outage loses', 'Join, cut the lane async on the race page, let phones chat on, reconnect: it all comes.'],
    de: ['Was ein Unterbruch verliert', 'Beitreten, auf der Seite Rennen die Bahn async trennen, Handys weiterchatten lassen, neu verbinden: Alles kommt.'],
  },
  {
    from: 55, to: 62, page: '/wire', question: null, recorded: ['lab-census', 'lab-same-bytes'],
    en: ['A frame under the glass', 'Fragment a text. Paste c1 00: which rule does it break?'],
    de: ['Ein Frame unter der Lupe', 'Einen Text zerteilen. c1 00 einfügen: Welche Regel bricht das?'],
  },
  {
    from: 62, to: 70, page: null, question: null, recorded: ['lab-goodbye'],
    en: ['The last words', 'Ask how many messages arrive when one side just closes. Live: duplex lab run goodbye'],
    de: ['Die letzten Worte', 'Fragen, wie viele Nachrichten ankommen, wenn eine Seite einfach schliesst. Live: duplex lab run goodbye'],
  },
  {
    from: 70, to: 75, page: null, question: null, recorded: ['lab-blocked-executor'],
    en: ['One handler blocks', 'Who waits for it? Live: duplex lab run blocked-executor'],
    de: ['Ein Handler blockiert', 'Wer wartet auf ihn? Live: duplex lab run blocked-executor'],
  },
  {
    from: 75, to: 80, page: null, question: null, recorded: ['lab-frozen-reader'],
    en: ['One reader stands still', 'Who pays for it: the room, the memory, or the reader? Live: duplex lab run frozen-reader'],
    de: ['Ein Leser steht still', 'Wer zahlt dafür: der Raum, der Speicher oder der Leser? Live: duplex lab run frozen-reader'],
  },
  {
    from: 80, to: 85, page: null, question: null, recorded: ['lab-memory', 'memory', 'threads'],
    en: ['What a connection keeps', 'Read the slopes; where does each end? Live: duplex lab run memory'],
    de: ['Was eine Verbindung behält', 'Steigungen ablesen; wo endet jede? Live: duplex lab run memory'],
  },
  {
    from: 85, to: 90, page: null, question: null, recorded: ['lab-omission'],
    en: ['Every number, measured wrongly', 'The same run, counted twice. Live: duplex lab run omission'],
    de: ['Jede Zahl, falsch gemessen', 'Derselbe Lauf, zweimal gezählt. Live: duplex lab run omission'],
  },
];
