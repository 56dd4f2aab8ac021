"""Keys and signatures: key files, ssh-agent, and the signer's own memory of what it wrote."""
