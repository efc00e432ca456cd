() => {
  // Gradio's slot complains of a clip that this browser cannot play before our preview of it has arrived. It will.
  const hush = () => document.querySelectorAll('.toast-body').forEach((toast) => {
    if (!toast.textContent.includes('Video not playable')) return;
    toast.style.display = 'none';
    toast.querySelector('.toast-close')?.click();
  });
  new MutationObserver(hush).observe(document.body, { childList: true, subtree: true });
}
