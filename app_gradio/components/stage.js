// This page as the host of the stage: every new payload is shown, and the theme switch repaints.
const stage = createStage(element.querySelector('.ck-stage'));
watch('value', () => stage.show(props.value));
new MutationObserver(stage.recolour).observe(document.body, { attributes: true, attributeFilter: ['class'] });
stage.show(props.value);
