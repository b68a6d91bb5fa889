// What the survey form can do beyond the plain form: save while it is filled, keep answers through a lost connection,
// answer by number keys, ask more about a pillar as soon as it is picked. Without this script everything else still works.
"use strict";
(() => {
  const form = document.querySelector("[data-form]");
  if (!form) return;
  const saved = document.querySelector("[data-saved]");
  const keepKey = `tribometer:${form.dataset.keep}:${form.dataset.page}`;
  const QUIET = 800; // milliseconds without a change before a save
  const RETRY = 5000; // milliseconds between attempts while the connection is lost

  // ---- answers of this page as pairs of name and value, and back
  const answers = () => [...new FormData(form)].filter(([name]) => name !== "page" && name !== "go");

  function fill(pairs) {
    for (const field of form.elements) {
      if (field.type === "radio" || field.type === "checkbox") {
        field.checked = pairs.some(([name, value]) => name === field.name && value === field.value);
      }
    }
    followPicks();
    for (const field of form.elements) {
      if (field.type !== "textarea" && field.type !== "text") continue;
      const pair = pairs.find(([name]) => name === field.name);
      if (pair) field.value = pair[1];
    }
  }

  // ---- keeping answers in this browser, only until the server has them; `base` is what the server had when they were given,
  // so that they never overwrite what arrived since, from another device or from a save whose answer was lost
  let base = "";
  const keep = {
    write: () => attempt(() => localStorage.setItem(keepKey, JSON.stringify({ base, answers: answers() }))),
    read: () => attempt(() => JSON.parse(localStorage.getItem(keepKey))),
    drop: () => attempt(() => localStorage.removeItem(keepKey)),
  };
  function attempt(action) {
    try {
      return action();
    } catch {
      return null; // storage is switched off or full; saving over the network still works
    }
  }

  // ---- saving
  let timer = 0;
  let running = null;
  let changedSince = false;

  function say(text, lost = false) {
    if (saved.textContent !== text) saved.textContent = text;
    saved.classList.toggle("lost", lost);
  }

  const body = (go) => {
    const fields = new URLSearchParams(answers());
    fields.set("page", form.dataset.page);
    fields.set("go", go);
    return fields;
  };

  // The answer to a post that was accepted is a redirect, which is not followed here.
  const post = (go) => fetch(form.dataset.path, { method: "POST", body: body(go), redirect: "manual", keepalive: go === "save" });

  async function save() {
    clearTimeout(timer);
    if (running) return running.then(() => changedSince && save());
    changedSince = false;
    const sent = JSON.stringify(answers());
    running = post("save")
      .then((answer) => {
        if (answer.type === "opaqueredirect") {
          base = sent;
          if (changedSince) keep.write();
          else keep.drop();
          say("Saved");
        } else if (answer.status >= 500) {
          throw new Error("the server could not save");
        } else {
          say(""); // the answers themselves are not accepted yet; the next page turn says why
        }
      })
      .catch(() => {
        say("No connection. Your answers are kept in this browser.", true);
        timer = setTimeout(save, RETRY);
        changedSince = true;
      })
      .finally(() => (running = null));
    return running;
  }

  function changed() {
    changedSince = true;
    keep.write();
    if (!saved.classList.contains("lost")) say("");
    measure();
    clearTimeout(timer);
    timer = setTimeout(save, QUIET);
  }

  // ---- turning the page
  let leaving = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    clearTimeout(timer);
    const button = event.submitter ?? form.querySelector(".primary");
    await running;
    try {
      const answer = await post(button.value);
      if (answer.type === "opaqueredirect") {
        keep.drop();
        const page = Number(form.dataset.page);
        if (button.value === "submit") location.assign(`${form.dataset.path}/thanks`);
        else location.assign(`${form.dataset.path}?page=${button.value === "back" ? page - 1 : page + 1}`);
        return;
      }
      // Whatever else the server has to say, its page says best.
      const go = document.createElement("input");
      Object.assign(go, { type: "hidden", name: "go", value: button.value });
      form.append(go);
      form.submit();
    } catch {
      leaving = false;
      keep.write();
      say("No connection. Your answers are kept in this browser.", true);
      timer = setTimeout(save, RETRY);
    }
  });

  addEventListener("online", () => save());
  addEventListener("pagehide", () => changedSince && !leaving && post("save").catch(() => {}));
  addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  form.addEventListener("input", changed);

  // ---- time left
  const isAnswered = (part) =>
    [...part.querySelectorAll("input,textarea")].some((field) =>
      field.type === "radio" || field.type === "checkbox" ? field.checked : field.value.trim() !== "");

  function measure() {
    let seconds = Number(form.dataset.secondsLater);
    for (const part of form.querySelectorAll("[data-seconds]")) {
      if (!isAnswered(part)) seconds += Number(part.dataset.seconds);
    }
    document.querySelector("progress").value = Number(form.dataset.secondsTotal) - seconds;
    const minutes = Math.ceil(seconds / 60);
    document.querySelector("[data-left]").textContent =
      seconds === 0 ? "Nothing left to answer" : minutes === 1 ? "less than a minute left" : `about ${minutes} minutes left`;
  }

  // ---- keys
  const questions = [...form.querySelectorAll("[data-question]")];
  let current = questions.find((question) => !isAnswered(question)) ?? questions[0];

  form.addEventListener("focusin", (event) => {
    const question = event.target.closest("[data-question]");
    if (question) current = question;
  });

  const place = (question) => {
    current = question;
    const field = question.querySelector("input:checked") ?? question.querySelector("input");
    field.focus({ preventScroll: true });
    const { top, bottom } = question.getBoundingClientRect();
    if (top < 70 || bottom > innerHeight - 20) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      question.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && !event.target.matches("a,button,textarea")) {
      event.preventDefault();
      // Turning the page can be undone; sending can't, so only its button does it.
      const button = form.querySelector(".primary");
      if (!event.repeat && button.value !== "submit") form.requestSubmit(button);
      return;
    }
    if (event.target.matches("textarea,input[type=text]")) return;
    if (!current) return;
    if (event.key === "Backspace" || event.key === "Delete") {
      const chosen = current.querySelector("input:checked");
      if (!chosen) return;
      chosen.checked = false;
      changed();
      event.preventDefault();
      return;
    }
    if (!/^[0-9]$/.test(event.key) || event.repeat) return;
    const number = Number(event.key);
    const field = number === 0
      ? current.querySelector(".na input")
      : current.querySelectorAll(".scale input,.options input")[number - 1];
    if (!field) return;
    event.preventDefault();
    field.checked = true;
    changed();
    const next = questions[questions.indexOf(current) + 1];
    if (next) place(next);
    else {
      field.focus({ preventScroll: true });
      form.querySelector(".steps").scrollIntoView({ block: "nearest" });
    }
  });

  // ---- picks: what is asked about a picked pillar appears with the pick
  const picks = form.querySelector("[data-picks]");
  const more = form.querySelector("[data-more]");
  const blank = form.querySelector("[data-blank]");

  function followPicks() {
    if (!picks) return;
    const boxes = [...picks.querySelectorAll("input")];
    const chosen = boxes.filter((box) => box.checked);
    const atMost = Number(picks.dataset.atMost);
    picks.classList.toggle("full", chosen.length >= atMost);
    picks.querySelector("[data-count]").textContent =
      chosen.length > atMost ? `You picked ${chosen.length}: unpick ${chosen.length - atMost}.` : chosen.length > 0 ? `${chosen.length} picked.` : "";
    if (!blank) return;
    for (const card of [...more.children]) {
      if (!chosen.some((box) => box.value === card.dataset.pillar)) card.remove();
    }
    for (const box of chosen) {
      if (!more.querySelector(`[data-pillar="${CSS.escape(box.value)}"]`)) more.append(cardFor(box));
    }
  }

  function cardFor(box) {
    const card = blank.content.firstElementChild.cloneNode(true);
    card.dataset.pillar = box.value;
    card.querySelector("legend").textContent = box.nextElementSibling.textContent;
    for (const field of card.querySelectorAll("[name]")) {
      const label = card.querySelector(`label[for="${field.id}"]`);
      field.name = field.id = `${field.name}${box.value}`;
      label.htmlFor = field.id;
    }
    return card;
  }

  picks?.addEventListener("change", (event) => {
    const atMost = Number(picks.dataset.atMost);
    if (event.target.checked && picks.querySelectorAll("input:checked").length > atMost) {
      event.target.checked = false;
      followPicks();
      picks.querySelector("[data-count]").textContent = `You have picked ${atMost}. Unpick one first.`;
      changed();
      return;
    }
    followPicks();
    changed();
  });

  // ---- start
  followPicks();
  base = JSON.stringify(answers());
  const kept = keep.read();
  if (kept?.base === base) {
    fill(kept.answers);
    changed();
  } else {
    keep.drop();
  }
  measure();
  if (document.querySelector(".notice")) document.querySelector(".wrong input, .wrong textarea")?.focus();
  else if (current && isAnswered(questions[0] ?? current)) place(current);
})();
