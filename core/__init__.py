r"""Clipkin's one core: telling whether moving pictures are kin.

        app_streamlit        app_gradio        core.__main__        what people touch
                 \                |               /
              core.studio (equipment)     core.plots                one door · records → Plotly figures
                          |
              core.pipelines     core.training                      the product's verbs · how models learn
                          |
     core.features     core.models     core.store                   media → numbers · tensors → tensors · disk and FAISS
          |
     core.media                                                     files → frames and sound
                          |
     records  errors  config  device  batches  checkpoints  gate  resampling    the ground: imports nothing above it

Imports point down only; `tests/test_layers.py` reads them and says so.
"""
