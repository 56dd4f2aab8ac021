"""What a page needs to show a bundle: so far the JavaScript verifier in ``js``, which a browser and Node run alike."""
