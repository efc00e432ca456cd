"""The entry of the hosted Space: `python app.py` serves the Gradio app."""

from app_gradio.__main__ import main

raise SystemExit(main())
