"""The Gradio app: two frames or two videos, side by side. It is also the hosted Space."""
