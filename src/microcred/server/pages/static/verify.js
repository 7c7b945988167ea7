'use strict';
// The pages work without this: it lets files be dropped, says that something is under way, and prints.

const form = document.querySelector('form[data-most]');
if (form) {
  const file = form.elements.file;
  const wrong = document.getElementById('file-wrong');
  const zone = form.querySelector('.drop');
  const button = form.querySelector('button');
  const busy = form.querySelector('.busy');
  // Nobody drops files with a finger.
  document.getElementById('file-drop').hidden = !window.matchMedia('(hover: hover) and (pointer: fine)').matches;

  const fits = () => {
    const large = file.files.length > 0 && file.files[0].size > Number(form.dataset.most);
    wrong.textContent = large ? form.dataset.large : '';
    wrong.hidden = !large;
    file.setAttribute('aria-invalid', String(large));
    return !large;
  };
  const holdsFile = (event) => [...event.dataTransfer.types].includes('Files');

  file.addEventListener('change', fits);
  // Anywhere on the page: who misses the box would lose the page to the file.
  document.addEventListener('dragover', (event) => {
    if (holdsFile(event)) {
      event.preventDefault();
      zone.classList.add('over');
    }
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) zone.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    zone.classList.remove('over');
    if (!holdsFile(event)) return;
    event.preventDefault();
    form.elements.url.value = '';
    form.elements.text.value = '';
    file.files = event.dataTransfer.files;
    if (fits()) form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    if (!fits()) {
      event.preventDefault();
      return;
    }
    button.disabled = true;
    busy.textContent = form.dataset.submitting;
  });
  // Who comes back finds the page as it was left.
  window.addEventListener('pageshow', () => {
    button.disabled = false;
    busy.textContent = '';
  });
}

for (const button of document.querySelectorAll('button.print')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
