"""The Streamlit app: a library, search, trace, map."""
