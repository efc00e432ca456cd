"""The Gradio app: two frames or two videos, side by side."""
